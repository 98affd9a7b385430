package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andygrunwald/cachet"
)

// TestPrograms has programs made for a Cachet, for Statuspage and for Prometheus at the same bot, and kills it between what one of
// them has written and what it reads.
func TestPrograms(t *testing.T) {
	n := openNewsroom(t, "/bin/false")
	path := filepath.Join(n.dir, "vigie.toml")
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	with := strings.NewReplacer("[history]\noff = true", "", "[web]", "[web]\ntoken_file = \"web.token\"").Replace(string(config))
	for name, content := range map[string]string{path: with, filepath.Join(n.dir, "web.token"): "another-token-of-the-tests"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n.start()
	c, err := cachet.NewClient(n.url, n.listening)
	if err != nil {
		t.Fatal(err)
	}
	c.Authentication.SetTokenAuth(hookToken)
	comp, _, err := c.Components.Create(&cachet.Component{Name: "Mail", Status: 1})
	if err != nil {
		t.Fatal(err)
	}
	i, _, err := c.Incidents.Create(&cachet.Incident{Name: "Mail <slow>", Message: "We look.", Status: 1, Visible: 1, ComponentID: comp.ID, ComponentStatus: 4})
	if err != nil {
		t.Fatal(err)
	}
	n.kill()
	n.start()

	got, _, err := c.Incidents.Get(i.ID)
	if err != nil || got.Message != "We look." || got.ComponentStatus != 4 || got.Permalink != "https://status.diaspote.example/incidents/1" {
		t.Errorf("%+v, %v", got, err)
	}
	if page := n.get("/"); !strings.Contains(page, "Mail &lt;slow&gt;") {
		t.Errorf("the page has no incident: %s", page)
	}
	if file := n.get("/api/v2/incidents/unresolved.json"); !strings.Contains(file, `"impact":"critical"`) || !strings.Contains(file, `"status":"major_outage"`) {
		t.Errorf("%s", file)
	}
	c.Authentication.SetTokenAuth("another-token-of-the-tests") // which is for reading what is measured
	if _, resp, _ := c.Incidents.Update(i.ID, got); resp == nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("the token of the figures: %v", resp)
	}
	// Below /api/v1 lies Prometheus' API too, with its own token.
	for token, want := range map[string]string{"another-token-of-the-tests": `"resultType":"scalar"`, hookToken: "token_file", "": "token_file"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.url+"/api/v1/query?query=1%2B1", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := n.listening.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("with %q: %s, %v", token, text, err)
		}
	}
}
