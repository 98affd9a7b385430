package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/diaspote/vigie/ops/pod"
)

// podLine asks the pod over HTTP.
func (h *Host) podLine(ctx context.Context) string {
	if h.PodURL == "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, podWait)
	defer cancel()
	var info pod.NodeInfo
	var infoErr error
	var both sync.WaitGroup
	both.Go(func() { info, infoErr = h.Pod.NodeInfo(ctx, h.PodURL) })
	probe := h.Pod.Probe(ctx, h.PodURL)
	both.Wait()
	if probe.Err != nil {
		return fmt.Sprintf("✗ pod: %s: %v", probe.URL, probe.Err)
	}
	mark := ""
	if probe.Status >= 400 {
		mark = "✗ "
	}
	parts := []string{fmt.Sprintf("%spod: %s answers %d in %s", mark, probe.URL, probe.Status, took(probe.Took))}
	if infoErr != nil {
		parts = append(parts, "no NodeInfo: "+cmp.Or(errors.Unwrap(infoErr), infoErr).Error()) // without the URL again
	} else {
		parts = append(parts, strings.TrimSpace(info.Software+" "+info.Version))
		var users []string
		if info.Users != nil {
			users = append(users, plural(*info.Users, "user"))
		}
		if info.ActiveMonth != nil {
			users = append(users, count(*info.ActiveMonth)+" active this month")
		}
		if len(users) > 0 {
			parts = append(parts, strings.Join(users, ", "))
		}
	}
	return strings.Join(parts, " · ")
}
