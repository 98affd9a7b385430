package main_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/diaspote/vigie/"

// may tells whether one package of this module may import another, both without the module's path.
// What they hold is in each package's doc comment; this keeps them apart.
func may(from, to string) bool {
	part, rest, _ := strings.Cut(from, "/")
	if own := part + "/" + first(rest); rest != "" && strings.HasPrefix(to+"/", own+"/") {
		return true // what lies below one package is its own affair
	}
	switch part {
	case "ops":
		return to == "ops" || to == "ops/ledger"
	case "bot":
		return to == "ops" || to == "ops/ledger"
	case "commands":
		return to == "bot" || to == "ops" || strings.HasPrefix(to, "ops/") || strings.HasPrefix(to, "commands/")
	case "adapters":
		return to == "bot" || to == "ops" || strings.HasPrefix(from+"/", "adapters/web/") && strings.HasPrefix(to, "ops/") || // it shows them
			(from == "adapters/mail" || from == "adapters/cachet") && to == "ops/incident" // which they tell others of
	case "cmd":
		return !strings.HasPrefix(to, "fixtures/")
	case "fixtures":
		return true // only who imports them matters
	}
	return false
}

func first(path string) string {
	name, _, _ := strings.Cut(path, "/")
	return name
}

func TestMay(t *testing.T) {
	for _, test := range []struct {
		from, to string
		want     bool
	}{
		{"ops/systemd", "ops", true},
		{"ops/pod", "ops/ledger", true},
		{"ops/systemd/wire", "ops/systemd", true},
		{"ops/systemd", "ops/pod", false},
		{"ops/systemd", "ops/systemdx", false},
		{"ops/ledger", "bot", false},
		{"bot", "ops/ledger", true},
		{"bot", "ops/systemd", false},
		{"bot", "adapters/xmpp", false},
		{"commands", "ops/systemd", true},
		{"commands", "adapters/xmpp", false},
		{"adapters/xmpp", "bot", true},
		{"adapters/webhook", "ops", true},
		{"adapters/xmpp", "adapters/slack", false},
		{"adapters/xmpp", "ops/systemd", false},
		{"adapters/web", "ops/history", true},
		{"adapters/web/status", "ops/incident", true},
		{"adapters/webhook", "ops/incident", false},
		{"adapters/mail", "ops/incident", true},
		{"adapters/mail", "ops/history", false},
		{"adapters/cachet", "ops/incident", true},
		{"adapters/cachet", "ops/ledger", false},
		{"cmd/vigie", "adapters/xmpp", true},
		{"cmd/vigie", "fixtures/prosody", false},
		{"commands", "fixtures/prosody", false},
		{"else", "bot", false},
	} {
		if got := may(test.from, test.to); got != test.want {
			t.Errorf("%s may import %s: %v", test.from, test.to, got)
		}
	}
}

// TestImports holds the rule against what is there. Imports, unlike TestImports and XTestImports, are
// those of the package without its tests.
func TestImports(t *testing.T) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("list the packages: %v", err)
	}
	packages := 0
	for list := json.NewDecoder(strings.NewReader(string(out))); ; packages++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := list.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("read what go list says: %v", err)
		}
		from := strings.TrimPrefix(p.ImportPath, module)
		for _, path := range p.Imports {
			if to, ours := strings.CutPrefix(path, module); ours && !may(from, to) {
				t.Errorf("%s may not import %s", from, to)
			}
		}
	}
	if packages < 2 {
		t.Errorf("go list found only %d packages", packages)
	}
}

// TestTop keeps the top of the repository to what one has to know. What .gitignore names there is made
// by tools.
func TestTop(t *testing.T) {
	allowed := strings.Fields("adapters bot cmd commands fixtures ops go.mod go.sum LICENSE README.md")
	ignored, err := os.ReadFile("../../.gitignore")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, ".") && !slices.Contains(allowed, name) && !slices.Contains(strings.Fields(string(ignored)), "/"+name) {
			t.Errorf("%s does not belong at the top", name)
		}
	}
}
