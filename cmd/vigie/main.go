// Vigie lets the admins of a small host run it from the room where they already talk. Without a config it
// opens a console on this host; with one it is the daemon. See README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/diaspote/vigie/adapters/slack"
	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/ops/systemd"
	"github.com/diaspote/vigie/ops/upgrade"
)

// commandLine is what `vigie` takes; kong reads the tags.
type commandLine struct {
	Config string `help:"The config to read, instead of /etc/vigie/vigie.toml." type:"path" placeholder:"FILE"`

	Run     runCommand     `cmd:"" default:"1" help:"Run the daemon, or a console on this host if there is no config (the default)."`
	Console consoleCommand `cmd:"" help:"Open a console on this host, under the rights that the config gives you."`
	Check   checkCommand   `cmd:"" help:"Validate the config and say what it comes to."`
	Ask     askCommand     `cmd:"" help:"Run one line in the running daemon; exit 0 if it succeeded, 1 if not."`
	Say     sayCommand     `cmd:"" help:"Post what comes on standard input into a room, through the running daemon."`
	Cron    cronCommand    `cmd:"" help:"Run a job of a crontab, and alert when it fails, hangs or does not run."`
	Explain explainCommand `cmd:"" help:"Print what the bot would say about a log or a payload, as JSON lines; exit 0 if it could be read, 2 if not."`
	Events  eventsCommand  `cmd:"" help:"Print what happened, as JSON lines."`

	StatusPage statusPageCommand `cmd:"" help:"Copy the status page."`
	Import     importCommand     `cmd:"" help:"Read into the book of incidents what another status page has."`

	ExampleConfig printCommand `cmd:"" help:"Print a config to start from."`
	PolkitRule    polkitRule   `cmd:"" help:"Print the polkit rule that lets the daemon do what the config allows."`
	SystemdUnit   printCommand `cmd:"" help:"Print the systemd unit of the daemon."`
	SlackManifest printCommand `cmd:"" help:"Print the manifest to make the Slack app of."`
	UpgradePlugin printCommand `cmd:"" help:"Print the plugin by which unattended-upgrades, 2.11 or later, tells what it did."`
	Version       printCommand `cmd:"" help:"Print the version."`
}

// A terminal is where the program was started.
type terminal struct {
	in       *os.File
	out, err *os.File
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], terminal{os.Stdin, os.Stdout, os.Stderr}))
}

// errFailed ends the program with 1 after everything was said.
var errFailed = errors.New("failed")

// run is main, for tests to call.
func run(ctx context.Context, args []string, t terminal) int {
	var line commandLine
	exit := -1
	parser, err := kong.New(&line,
		kong.Name("vigie"),
		kong.Description("Runs a host from the room where its admins talk."),
		kong.Writers(t.out, t.err),
		kong.Exit(func(code int) { exit = code }),
		kong.Vars{"explained": explained()},
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(t),
	)
	if err != nil {
		fmt.Fprintln(t.err, "vigie:", err)
		return 2
	}
	call, err := parser.Parse(args)
	if exit >= 0 { // --help was answered
		return exit
	}
	if err != nil {
		fmt.Fprintf(t.err, "vigie: %v; try: vigie --help\n", err)
		return 2
	}
	err = call.Run(&line)
	var status exitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	case !errors.Is(err, errFailed):
		fmt.Fprintln(t.err, "vigie:", err)
	}
	return 1
}

// A runCommand is the daemon where there is a config, and a console where there is none.
type runCommand struct{}

func (runCommand) Run(ctx context.Context, line *commandLine, t terminal) error {
	path, found := config.Find(line.Config)
	if !found {
		fmt.Fprintln(t.err, "No config found: this is a console on this host, with your own rights. Try: help")
		return openConsole(ctx, nil, t)
	}
	return runDaemon(ctx, path, t)
}

// A consoleCommand is a console on this host.
type consoleCommand struct{}

func (consoleCommand) Run(ctx context.Context, line *commandLine, t terminal) error {
	path, found := config.Find(line.Config)
	if !found {
		return openConsole(ctx, nil, t)
	}
	cfg, err := config.Load(path)
	if err != nil {
		return err
	}
	return openConsole(ctx, cfg, t)
}

// A polkitRule prints the rule that fits the config.
type polkitRule struct {
	User string `help:"The user that the daemon runs as." default:"vigie"`
}

func (p polkitRule) Run(line *commandLine, t terminal) error {
	cfg, err := mustLoad(line.Config)
	if err != nil {
		return err
	}
	allow := map[string][]systemd.Verb{}
	for _, u := range cfg.Units {
		for _, verb := range u.Allow {
			allow[u.Name] = append(allow[u.Name], systemd.Verb(verb))
		}
	}
	_, err = io.WriteString(t.out, systemd.PolkitRule(p.User, allow))
	return err
}

var errNoConfig = errors.New("no config found in /etc/vigie/vigie.toml; name one with --config, or begin with: vigie example-config")

// mustLoad loads the config that a command cannot do without.
func mustLoad(explicit string) (*config.Config, error) {
	path, found := config.Find(explicit)
	if !found {
		return nil, errNoConfig
	}
	return config.Load(path)
}

// A printCommand prints what is built in.
type printCommand struct{}

func (printCommand) Run(call *kong.Context, t terminal) error {
	text := map[string]func() string{
		"example-config": config.Example,
		"systemd-unit":   systemd.ServiceFile,
		"slack-manifest": slack.Manifest,
		"upgrade-plugin": upgrade.Plugin,
		"version":        version,
	}[call.Command()]
	_, err := fmt.Fprintln(t.out, strings.TrimRight(text(), "\n"))
	return err
}

// version is the module's, or the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "vigie (unknown version)"
	}
	text := "vigie " + release()
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			text += " (" + s.Value[:min(len(s.Value), 12)] + ")"
		}
	}
	return text + ", " + info.GoVersion
}

// release is the version alone: "v1.2.0", or "devel".
func release() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return strings.Trim(info.Main.Version, "()")
	}
	return "unknown"
}

// logTo makes the log: of errors alone for a console, of everything worth knowing for the daemon. Under
// systemd the journal knows the time.
func logTo(w io.Writer, level slog.Level) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	if os.Getenv("JOURNAL_STREAM") != "" {
		opts.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey && len(groups) == 0 {
				return slog.Attr{}
			}
			return a
		}
	}
	return slog.New(slog.NewTextHandler(w, opts))
}
