package control

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/journal"
)

// handler answers a request. It returns the body of the answer, which is sent as JSON;
// nil for none; or a response.
type handler func(*http.Request) (any, error)

// worldHandler answers a request about a world.
type worldHandler func(World, *http.Request) (any, error)

// response is an answer that is not JSON with status 200.
type response struct {
	status int // 0 is 200
	body   any // sent as JSON; nil sends none

	raw    []byte // sent as it is
	kind   string // Content-Type of raw and stream
	file   string // the name to save it by, "" for what is to be shown
	stream func(*deadlineWriter) error
}

// withBody decodes the JSON body of a request for h. What the body does not say is as in
// defaults.
func withBody[T any](defaults T, h func(World, *http.Request, T) (any, error)) worldHandler {
	return func(w World, r *http.Request) (any, error) {
		body := defaults
		if err := decode(r, &body); err != nil {
			return nil, err
		}
		return h(w, r, body)
	}
}

// noBody is h for requests that carry nothing. A body with keys is refused, so that a
// callback or webhook whose URL is here by mistake, or by malice, changes nothing.
func noBody(h worldHandler) worldHandler {
	return withBody(struct{}{}, func(w World, r *http.Request, _ struct{}) (any, error) { return h(w, r) })
}

// refusal is an error that is answered with an HTTP status and a client.Problem.
type refusal struct {
	status  int
	problem client.Problem // Error is for every client, so it names no path of HTTP and no command
	cause   error          // nil when the request itself was wrong
}

// Error implements error.
func (r *refusal) Error() string { return r.problem.Error }

// Unwrap returns the cause.
func (r *refusal) Unwrap() error { return r.cause }

// Codes of refusals that a client can do something about. They stay when a text changes.
const (
	codeClockRunning = "clock_running" // freeze the clock first
	codeNoPrompt     = "no_prompt"     // wait for one
	codePhoneOff     = "phone_off"     // switch it on
	codeDefaultWorld = "default_world" // reset it instead
)

func refuse(status int, format string, args ...any) error {
	return refuseCode(status, "", format, args...)
}

// refuseCode is refuse with a code.
func refuseCode(status int, code, format string, args ...any) error {
	return &refusal{status: status, problem: client.Problem{Code: code, Error: fmt.Sprintf(format, args...)}}
}

// refuseField is refuse for a field of the request; its text is the field's name and
// what is wrong with it.
func refuseField(field, format string, args ...any) error {
	return &refusal{status: http.StatusBadRequest, problem: client.Problem{Field: field, Error: field + fmt.Sprintf(format, args...)}}
}

// refuseCondition refuses a condition, a filter or a count of the journal; prefix stands
// before the text.
func refuseCondition(prefix string, err error) error {
	r := &refusal{status: http.StatusBadRequest, problem: client.Problem{Error: prefix + err.Error()}}
	if wrong := (*journal.FieldError)(nil); errors.As(err, &wrong) {
		r.problem.Field = wrong.Field
	}
	return r
}

// refusalOf is the answer to an error: the table from the errors of the domain to the
// statuses of HTTP. other is the status of an error that is not in it.
func refusalOf(err error, other int) *refusal {
	var r *refusal
	if errors.As(err, &r) {
		return r
	}
	status := other
	for known, s := range map[error]int{
		ErrNotFound: http.StatusNotFound, ErrConflict: http.StatusConflict,
		simulator.ErrNoPrompt: http.StatusConflict, simulator.ErrPhoneOff: http.StatusConflict,
	} {
		if errors.Is(err, known) {
			status = s
		}
	}
	r = &refusal{status: status, problem: client.Problem{Error: err.Error()}, cause: err}
	if faulty := (*ScenarioErrors)(nil); errors.As(err, &faulty) {
		r.status, r.problem.Faults = http.StatusBadRequest, faulty.Faults
	}
	return r
}

// badRequest is an error that is the caller's own, unless the table says otherwise.
func badRequest(err error) *refusal { return refusalOf(err, http.StatusBadRequest) }

// ServeHTTP implements http.Handler. It is the one place where answers are written.
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
	answer, err := h(r)
	if err != nil {
		refused := refusalOf(err, http.StatusInternalServerError)
		answer = response{status: refused.status, body: refused.problem}
	}
	res, ok := answer.(response)
	switch {
	case answer == nil:
		res.status = http.StatusNoContent
	case !ok:
		res.body = answer
	}
	if res.body != nil {
		res.kind = "application/json"
		if res.raw, err = daraja.Marshal(res.body); err != nil {
			res = response{status: http.StatusInternalServerError, kind: "text/plain; charset=utf-8", raw: []byte("encoding the answer: " + err.Error())}
		}
	}
	res.write(w, newDeadlineWriter(w, r)) //nolint:contextcheck // a write has a time of its own
}

func (r response) write(w http.ResponseWriter, body *deadlineWriter) {
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	if r.kind != "" {
		head.Set("Content-Type", r.kind)
	}
	if r.file != "" {
		head.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", r.file))
	}
	if r.status != 0 {
		w.WriteHeader(r.status)
	}
	switch {
	case r.stream != nil:
		if err := r.stream(body); err != nil {
			panic(http.ErrAbortHandler) // the answer is incomplete, and the caller must see that
		}
	case r.raw != nil:
		_, _ = body.Write(r.raw) // fails only for a caller that left
	}
}

// stopping is why a request that waits is ended before its time.
const stopping = "the simulator is stopping"
