package webhook

import (
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
)

// parseGitHub reads a delivery of GitHub. Forgejo and Gitea post the same. A workflow run that has not ended is
// known and no event.
func parseGitHub(value any, about envelope, now time.Time) ([]ops.Event, bool) {
	o := asObject(value)
	name := oneOf(about.Event, gitHubEvent(o))
	if name == "" {
		return nil, false
	}
	where := gitHubPlace(o)
	e := ops.Event{Kind: github, Key: github + "/" + where + "/" + name, At: now}
	if about.Delivery != "" {
		e.ID = github + "/" + about.Delivery
	}
	known := true
	switch name {
	case "ping":
		pinged(&e, o, where)
	case "push":
		known = pushed(&e, o, where)
	case "release":
		known = released(&e, o, where, now)
	case "workflow_run":
		if run := o.object("workflow_run"); run != nil && run.text("conclusion") == "" {
			return nil, true
		}
		known = ran(&e, o, where, now)
	default:
		happened(&e, o, where, name)
	}
	e.Title = bot.Clip(e.Title, maxTitle)
	e.Details = append(ops.Details{{Name: "event", Value: name}, {Name: "where", Value: where}, {Name: "action", Value: o.text("action")},
		{Name: "sender", Value: o.object("sender").text("login")}}, e.Details...)
	return []ops.Event{e}, known
}

// gitHubEvent tells the event by the shape of its payload, where the header that names it is not at hand.
func gitHubEvent(o object) string {
	switch {
	case o.has("zen") || o.has("hook_id") && o.has("hook"):
		return "ping"
	case o.has("ref") && (o.has("before") || o.has("after") || o.has("commits")):
		return "push"
	case o.has("ref") && o.has("ref_type"):
		return "create or delete"
	}
	// The more special first: an issue_comment has an issue too.
	for _, name := range []string{"workflow_run", "workflow_job", "check_run", "check_suite", "deployment_status", "deployment", "release",
		"review", "comment", "pull_request", "issue", "discussion", "alert", "security_advisory", "package", "forkee", "member", "milestone", "label"} {
		if o.object(name) != nil {
			return name
		}
	}
	if o.has("action") && gitHubPlace(o) != "" || o.object("repository") != nil {
		return oneOf(o.text("action"), "event")
	}
	return ""
}

// gitHubPlace is the repository, or for the hook of an organization that.
func gitHubPlace(o object) string {
	return oneOf(o.object("repository").text("full_name", "name"), o.object("organization").text("login"), o.object("enterprise").text("slug", "name"),
		o.object("sender").text("login"), "GitHub")
}

// https://docs.github.com/en/webhooks/webhook-events-and-payloads#ping
func pinged(e *ops.Event, o object, where string) {
	e.Title = "GitHub's webhook for " + where + " works"
	hook := o.object("hook")
	var events []string
	for _, name := range hook.list("events") {
		events = append(events, scalar(name))
	}
	if len(events) > 0 {
		e.Text = bot.Clip("it tells of: "+strings.Join(events, ", "), maxLine)
	}
	if hook.object("config").text("content_type") == "form" {
		e.Text += "\nit posts forms, which works as well as JSON"
	}
}

const commitsShown = 5

// https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
func pushed(e *ops.Event, o object, where string) bool {
	ref := o.text("ref")
	if ref == "" {
		return false
	}
	what, short := "", ref
	for prefix, noun := range map[string]string{"refs/heads/": "branch ", "refs/tags/": "tag "} {
		if rest, ok := strings.CutPrefix(ref, prefix); ok {
			what, short = noun, rest
		}
	}
	e.Key += "/" + ref
	if after := o.text("after"); after != "" {
		e.Key += "/" + after // each push is told for itself
	}
	by := oneOf(o.object("pusher").text("name"), o.object("sender").text("login"), "somebody")
	commits := o.objects("commits")
	switch {
	case o.yes("deleted"):
		e.Title = fmt.Sprintf("%s: %s%s was deleted by %s", where, what, short, by)
	case o.yes("created") && (len(commits) == 0 || what == "tag "):
		e.Title = fmt.Sprintf("%s: %s%s was created by %s", where, what, short, by)
	case o.yes("forced"):
		e.Title = fmt.Sprintf("%s: %s force-pushed %s to %s%s", where, by, count(len(commits), "commit"), what, short)
	default:
		e.Title = fmt.Sprintf("%s: %s pushed %s to %s%s", where, by, count(len(commits), "commit"), what, short)
	}
	if head := o.object("head_commit"); len(commits) == 0 && head != nil {
		commits = []object{head}
	}
	var lines []string
	for i, c := range commits {
		if i == commitsShown {
			lines = append(lines, fmt.Sprintf("… and %s more", count(len(commits)-i, "commit")))
			break
		}
		first, _, _ := strings.Cut(c.text("message"), "\n")
		id := c.text("id", "sha")
		lines = append(lines, bot.Clip(strings.TrimSpace(id[:min(len(id), 7)]+" "+first+byAuthor(c)), maxLine))
	}
	if compare := o.text("compare"); compare != "" && !o.yes("deleted") {
		lines = append(lines, compare)
	}
	e.Text = strings.Join(lines, "\n")
	e.Details = ops.Details{{Name: "ref", Value: ref}, {Name: "after", Value: o.text("after")}, {Name: "commits", Value: len(commits)}}
	return true
}

// byAuthor names the author of a commit.
func byAuthor(c object) string {
	if name := c.object("author").text("username", "name"); name != "" {
		return " (" + name + ")"
	}
	return ""
}

// https://docs.github.com/en/webhooks/webhook-events-and-payloads#release
func released(e *ops.Event, o object, where string, now time.Time) bool {
	r := o.object("release")
	tag := oneOf(r.text("tag_name", "name"), "untitled")
	if r == nil {
		return false
	}
	kind := "release"
	if r.yes("prerelease") {
		kind = "pre-release"
	}
	e.Key += "/" + tag
	e.Title = fmt.Sprintf("%s: %s %s was %s", where, kind, tag, oneOf(strings.ReplaceAll(o.text("action"), "_", " "), "published"))
	if name := r.text("name"); name != "" && name != tag {
		e.Title += ": " + name
	}
	if o.text("action") == "published" || o.text("action") == "released" {
		e.At = or(moment(r.text("published_at"), now), now)
	}
	e.Text = strings.TrimSpace(shorten(r.text("body"), 600) + "\n" + r.text("html_url"))
	e.Details = ops.Details{{Name: "tag", Value: tag}, {Name: "prerelease", Value: r.yes("prerelease")}, {Name: "url", Value: r.text("html_url")}}
	return true
}

// ran tells of a workflow that failed, and of one that succeeds, which ends the failure before it. On other
// branches than the default one a failure does not last: such a branch may just go away.
// https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run
func ran(e *ops.Event, o object, where string, now time.Time) bool {
	run := o.object("workflow_run")
	if run == nil {
		return false
	}
	workflow := oneOf(run.text("name"), o.object("workflow").text("name"), "a workflow")
	branch, conclusion := run.text("head_branch"), run.text("conclusion")
	e.Key += fmt.Sprintf("/%s/%s", oneOf(run.text("workflow_id"), workflow), branch)
	e.ID = fmt.Sprintf("%s/%s/run/%s/%s", github, where, run.text("id"), oneOf(run.text("run_attempt"), "1"))
	e.At = or(moment(run.text("updated_at"), now), now)
	words := map[string]string{"success": "succeeded", "failure": "failed", "timed_out": "timed out", "startup_failure": "failed to start",
		"cancelled": "was cancelled", "skipped": "was skipped", "neutral": "ended neutral", "action_required": "waits for an approval", "stale": "went stale"}
	e.Title = fmt.Sprintf("%s: %s %s on %s", where, workflow, oneOf(words[conclusion], "ended: "+conclusion), oneOf(branch, "no branch"))
	switch conclusion {
	case "failure", "timed_out", "startup_failure":
		e.Severity = ops.Warning
		e.Lasting = branch == oneOf(o.object("repository").text("default_branch"), branch)
	case "success":
		e.Resolved = true
	}
	first, _, _ := strings.Cut(run.object("head_commit").text("message"), "\n")
	e.Text = strings.TrimSpace(bot.Clip(oneOf(first, run.text("display_title")), maxLine) + "\n" + run.text("html_url"))
	e.Details = ops.Details{{Name: "workflow", Value: workflow}, {Name: "branch", Value: branch}, {Name: "conclusion", Value: conclusion}, {Name: "url", Value: run.text("html_url")}}
	return true
}

// happened tells of any other event: what was done to what, and by whom.
func happened(e *ops.Event, o object, where, name string) {
	var thing object // of a comment or a review that which it is about
	for _, one := range []string{"issue", "pull_request", "discussion", name, gitHubEvent(o)} {
		if thing == nil {
			thing = o.object(one)
		}
	}
	e.Title = fmt.Sprintf("%s: %s", where, strings.TrimSpace(strings.ReplaceAll(name, "_", " ")+" "+strings.ReplaceAll(o.text("action"), "_", " ")))
	if number := oneOf(thing.text("number"), o.text("number")); number != "" {
		e.Title += " #" + number
	}
	if by := o.object("sender").text("login"); by != "" && by != where {
		e.Title += " by " + by
	}
	e.Key += "/" + sum([]byte(e.Title+thing.text("id", "node_id")))
	e.Text = strings.TrimSpace(oneOf(thing.text("title", "name", "summary", "conclusion", "state"), o.text("ref")) + "\n" +
		shorten(oneOf(o.object("comment").text("body"), thing.text("body", "description")), 300) + "\n" + thing.text("html_url"))
}

// count is a number of things in words.
func count(n int, thing string) string {
	switch n {
	case 0:
		return "no " + thing + "s"
	case 1:
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// shorten cuts a longer text, at most n runes in.
func shorten(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return strings.TrimSpace(string(runes[:n-1])) + "…"
	}
	return text
}
