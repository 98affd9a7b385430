package cachet

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"github.com/diaspote/vigie/ops/incident"
)

// An answer is what Cachet says of something. One without any says nothing, with 204.
type answer struct {
	Meta any `json:"meta,omitempty"`
	Data any `json:"data"`
}

// A failure is an error that the client is told of.
type failure struct {
	status  int
	detail  string
	details []string // what is wrong with which field
}

func (f *failure) Error() string { return f.detail }

// unauthorized is for who may not write.
var unauthorized = &failure{status: http.StatusUnauthorized, detail: "You are not authorized for this: it takes the token, in the header X-Cachet-Token."}

// missing is for what is not there, or not for everybody: the answer is the same.
var missing = &failure{status: http.StatusNotFound, detail: "The resource you are looking for is not here."}

func (a *API) write(w http.ResponseWriter, r *http.Request, result answer) {
	if result.Data == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	a.send(w, r, http.StatusOK, result)
}

func (a *API) send(w http.ResponseWriter, r *http.Request, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		a.Log.Error("an answer of Cachet's API could not be written", "path", r.URL.Path, "err", err)
		http.Error(w, "the answer could not be written; the bot's log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	w.Write(text)
}

// refuse says why something was not done.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := a.failure(r, err)
	if f.status == http.StatusTooManyRequests || f.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.Itoa(int(guessTime.Seconds())))
	}
	type meta struct {
		Details []string `json:"details"`
	}
	type fault struct {
		ID     string `json:"id"`
		Status int    `json:"status"`
		Title  string `json:"title"`
		Detail string `json:"detail"`
		Meta   *meta  `json:"meta,omitempty"`
	}
	one := fault{uuid.NewString(), f.status, http.StatusText(f.status), f.detail, nil}
	if len(f.details) > 0 {
		one.Meta = &meta{f.details}
	}
	a.send(w, r, f.status, map[string][]fault{"errors": {one}})
}

// failure is what a client is told of an error. What is the bot's own fault goes into its log alone.
func (a *API) failure(r *http.Request, err error) *failure {
	var known *failure
	var invalid *incident.Invalid
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &invalid):
		return wrong([]string{"The " + invalid.Field + " " + invalid.Why + "."})
	case errors.Is(err, incident.ErrNone):
		return missing
	case errors.As(err, &large):
		return &failure{status: http.StatusRequestEntityTooLarge, detail: "More was sent than the " + strconv.Itoa(maxBody>>10) + " KiB that are taken."}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &failure{status: http.StatusServiceUnavailable, detail: "There was no time for an answer; try again."}
	}
	a.Log.Error("Cachet's API failed", "method", r.Method, "path", r.URL.Path, "err", err)
	return &failure{status: http.StatusInternalServerError, detail: "That failed; the bot's log says why."}
}

// wrong says what is wrong with what was sent.
func wrong(details []string) *failure {
	return &failure{status: http.StatusBadRequest, detail: "The request cannot be fulfilled due to bad syntax.", details: details}
}
