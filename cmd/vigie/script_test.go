package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/cmd/vigie/config"
)

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){
		"vigie": func() {
			os.Exit(run(context.Background(), os.Args[1:], terminal{os.Stdin, os.Stdout, os.Stderr}))
		},
	})
}

// TestScript plays the transcripts in testdata/script: what one types into a shell, and what comes back.
// `exits N vigie …` is exec for a program that ends with that status.
func TestScript(t *testing.T) {
	home := t.TempDir()
	t.Setenv("VIGIE_CONFIG", "")
	t.Setenv("XDG_CONFIG_HOME", home)
	if path, found := config.Find(""); found {
		if os.Getenv("VIGIE_TEST_REAL") == "1" {
			t.Fatalf("missing: a host without a config of vigie; this one has %s", path)
		}
		t.Skipf("missing: a host without a config of vigie; this one has %s", path)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CONFIG_HOME", home)
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, "state"))
			env.Setenv("TZ", "Europe/Paris")
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name != "systemd" {
				return false, fmt.Errorf("no condition is called %s", name)
			}
			_, err := os.Lstat("/run/systemd/system")
			return err == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "mode": mode,
		},
	})
}

// exits runs a program and wants it to end with a status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM [ARGUMENT…]")
	}
	status := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		status = regexp.MustCompile(`\d+$`).FindString(err.Error())
	}
	if status != args[0] {
		ts.Fatalf("it exits with %s", status)
	}
}

// mode wants a file to have a mode.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode 0600 FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode()&fs.ModePerm); got != args[0] {
		ts.Fatalf("%s has mode %s", args[1], got)
	}
}

func TestLineOf(t *testing.T) {
	for _, tt := range []struct {
		words []string
		want  []string
	}{
		{[]string{"status"}, []string{"status"}},
		{[]string{"logs web grep timeout"}, []string{"logs", "web", "grep", "timeout"}},
		{[]string{"logs", "web", "grep", "connection refused"}, []string{"logs", "web", "grep", "connection refused"}},
		{[]string{"logs", "web", "grep", `it's "so" bad`}, []string{"logs", "web", "grep", `it's "so" bad`}},
		{[]string{"restart", ""}, []string{"restart", ""}},
		{[]string{`logs web grep "so bad"`}, []string{"logs", "web", "grep", "so bad"}},
	} {
		if got, err := bot.Words(lineOf(tt.words)); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%q: %q, %v; want %q", tt.words, got, err, tt.want)
		}
	}
}
