package cachet

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// An API is Cachet's, over a book of incidents. Its fields are not changed while it is used.
type API struct {
	Book  *incident.Book
	Token string // for who writes; "" lets nobody
	Base  string // what visitors call the site by, "https://status.diaspote.org", without a slash at its end
	Log   *slog.Logger
	Now   func() time.Time // in the zone that times are told in

	strangers chan struct{} // see turn
	guesses   guesses
}

const (
	person     = "API" // who writes, in the book
	answerTime = 15 * time.Second
	// atOnce is how many strangers read the ledger at once. It has one connection, which alerts wait for too.
	atOnce = 1
)

// A call is one request.
type call struct {
	*http.Request
	in      fields
	trusted bool // the token was shown
}

// A method answers a call.
type method func(context.Context, *call) (answer, error)

// methods are those of one address, by their HTTP names.
type methods map[string]method

// Handler serves the API, and leaves to rest what is none of it.
func (a *API) Handler(rest http.Handler) http.Handler {
	a.strangers = make(chan struct{}, atOnce)
	mux := http.NewServeMux()
	for path, m := range a.addresses() {
		h := a.serve(path, m)
		mux.Handle("/api/v1/"+path, h)
		mux.Handle("/api/v1/"+path+"/{$}", h) // Cachet takes both
	}
	mux.HandleFunc("GET /incident/{id}", moved)
	mux.Handle("/", rest)
	return mux
}

// moved leads from where Cachet 2.3 had an incident's page to where 2.4 and the status page have it.
func moved(w http.ResponseWriter, r *http.Request) {
	c := &call{Request: r}
	id, err := c.number("id")
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Location", "../incidents/"+strconv.FormatInt(id, 10)) // relative, as a proxy may have put the bot below a path
	w.WriteHeader(http.StatusMovedPermanently)
}

func (a *API) addresses() map[string]methods {
	removes := methods{"DELETE": a.removeSubscription}
	return map[string]methods{
		"ping":    {"GET": a.ping},
		"version": {"GET": a.version},
		"status":  {"GET": a.status},

		"components":      {"GET": a.components, "POST": a.addComponent},
		"components/{id}": {"GET": a.component, "PUT": a.editComponent, "DELETE": a.removeComponent},

		"components/groups":      {"GET": a.groups, "POST": a.addGroup},
		"components/groups/{id}": {"GET": a.group, "PUT": a.editGroup, "DELETE": a.removeGroup},

		"incidents":      {"GET": a.incidents, "POST": a.addIncident},
		"incidents/{id}": {"GET": a.incident, "PUT": a.editIncident, "DELETE": a.removeIncident},

		"incidents/{id}/updates":          {"GET": a.updates, "POST": a.addUpdate},
		"incidents/{id}/updates/{update}": {"GET": a.update, "PUT": a.editUpdate, "DELETE": a.removeUpdate},

		"metrics":      {"GET": a.metrics, "POST": a.addMetric},
		"metrics/{id}": {"GET": a.metric, "PUT": a.editMetric, "DELETE": a.removeMetric},

		"metrics/{id}/points":         {"GET": a.points, "POST": a.addPoint},
		"metrics/{id}/points/{point}": {"PUT": a.editPoint, "DELETE": a.removePoint},

		"schedules":      {"GET": a.schedules, "POST": a.addSchedule},
		"schedules/{id}": {"GET": a.schedule, "PUT": a.editSchedule, "DELETE": a.removeSchedule},

		"subscribers":        {"GET": closed(a.subscribers), "POST": a.addSubscriber},
		"subscribers/{id}":   {"DELETE": a.removeSubscriber},
		"subscriptions/{id}": removes,
		"subscription/{id}":  removes, // as some clients have it
	}
}

// closed is for what only those who may write can read.
func closed(m method) method {
	return func(ctx context.Context, c *call) (answer, error) {
		if !c.trusted {
			return answer{}, unauthorized
		}
		return m(ctx, c)
	}
}

// serve answers the methods of one address.
func (a *API) serve(path string, all methods) http.Handler {
	var names []string
	for name := range all {
		names = append(names, name)
		if name == "GET" {
			names = append(names, "HEAD")
		}
	}
	slices.Sort(names)
	allowed := strings.Join(append(names, "OPTIONS"), ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Access-Control-Allow-Origin", "*")
		head.Set("Access-Control-Allow-Headers", "X-Cachet-Token, Content-Type, Accept")
		head.Set("Access-Control-Allow-Methods", allowed)
		head.Set("Access-Control-Max-Age", "3600")
		head.Set("Cross-Origin-Resource-Policy", "cross-origin")
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Cache-Control", "no-store")
		head.Set("Allow", allowed)
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		head.Del("Allow")
		name := r.Method
		if name == http.MethodHead {
			name = http.MethodGet
		}
		m := all[name]
		if m == nil {
			head.Set("Allow", allowed)
			a.refuse(w, r, &failure{status: http.StatusMethodNotAllowed, detail: "This address takes " + allowed + "."})
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), answerTime)
		defer cancel()
		result, err := a.run(ctx, w, r, m)
		if err != nil {
			a.refuse(w, r, err)
			return
		}
		if !reads(r) {
			level := slog.LevelInfo
			if strings.HasSuffix(path, "/points") {
				level = slog.LevelDebug // they come by the minute
			}
			a.Log.Log(ctx, level, "written through Cachet's API", "method", r.Method, "path", r.URL.Path)
		}
		a.write(w, r, result)
	})
}

// run finds out who calls, reads what is sent, and answers. What is sent by who may not write is not read.
func (a *API) run(ctx context.Context, w http.ResponseWriter, r *http.Request, m method) (answer, error) {
	c := &call{Request: r}
	var err error
	c.trusted, err = a.known(r)
	if !reads(r) && err != nil {
		return answer{}, err
	}
	if !reads(r) && !c.trusted {
		return answer{}, unauthorized
	}
	if c.in, err = decode(w, r); err != nil {
		return answer{}, err
	}
	if !c.trusted {
		done, err := a.turn(ctx)
		if err != nil {
			return answer{}, err
		}
		defer done() // before anything is written: who reads slowly keeps nobody waiting
	}
	return m(ctx, c)
}

// turn waits until a stranger may read.
func (a *API) turn(ctx context.Context) (done func(), err error) {
	select {
	case a.strangers <- struct{}{}:
		return func() { <-a.strangers }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }
