package control

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// response is what a handler wants written: body as JSON, or raw as it is, or what
// stream writes.
type response struct {
	status int // 0 is 200
	body   any // nil writes none

	raw    []byte
	kind   string // Content-Type of raw and stream
	file   string // the name to save it by, "" for what is to be shown
	stream func(*steady) error
}

// refusal is an error that is told to the caller, with its HTTP status.
type refusal struct {
	status int
	code   string  // see the codes below; "" for most
	field  string  // of the request, which the text is about; "" when it is about none
	text   string  // for every client, so it names no path of HTTP and no command
	faults []fault // of the scenario that was sent
	cause  error   // nil when the request itself was wrong

	answered  int    // HTTP status of Daraja's refusal, 0 when it is not about one
	errorCode string // Daraja's
}

// Error implements error.
func (r *refusal) Error() string { return r.text }

// Unwrap returns what the domain said.
func (r *refusal) Unwrap() error { return r.cause }

func refuse(status int, format string, args ...any) error {
	return &refusal{status: status, text: fmt.Sprintf(format, args...)}
}

// Codes of refusals that a client can do something about. They stay when a text changes.
const (
	codeClockRunning = "clock_running" // freeze the clock first
	codeNoPrompt     = "no_prompt"     // wait for one
	codePhoneOff     = "phone_off"     // switch it on
	codeDefaultWorld = "default_world" // reset it instead
)

// refuseCode is refuse with a code.
func refuseCode(status int, code, format string, args ...any) error {
	return &refusal{status: status, code: code, text: fmt.Sprintf(format, args...)}
}

// refuseField is refuse for a field of the request; its text is the field's name and
// what is wrong with it.
func refuseField(field, format string, args ...any) error {
	return &refusal{status: http.StatusBadRequest, field: field, text: field + fmt.Sprintf(format, args...)}
}

// refuseQuestion refuses what the journal was asked; before stands in front of the text.
func refuseQuestion(before string, err error) error {
	r := &refusal{status: http.StatusBadRequest, text: before + err.Error()}
	if wrong := (*journal.FieldError)(nil); errors.As(err, &wrong) {
		r.field = wrong.Field
	}
	return r
}

// problem is the body of a refusal.
type problem struct {
	Error     string  `json:"error"`
	Code      string  `json:"code,omitempty"`
	Field     string  `json:"field,omitempty"`
	Faults    []fault `json:"faults,omitempty"`
	Status    int     `json:"status,omitempty"`     // of Daraja's refusal
	ErrorCode string  `json:"error_code,omitempty"` // Daraja's
}

// told is what a caller learns of an error: the table from the errors of the domain
// to the statuses of HTTP.
func told(err error) *refusal {
	var r *refusal
	if errors.As(err, &r) {
		return r
	}
	for _, known := range []struct {
		err    error
		status int
	}{
		{ErrNotFound, http.StatusNotFound},
		{ErrConflict, http.StatusConflict},
		{simulator.ErrNoPrompt, http.StatusConflict},
		{simulator.ErrPhoneOff, http.StatusConflict},
	} {
		if errors.Is(err, known.err) {
			return &refusal{status: known.status, text: err.Error(), cause: err}
		}
	}
	return &refusal{status: http.StatusInternalServerError, text: err.Error(), cause: err}
}

// mistake is an error that is the caller's own, unless the table says otherwise.
func mistake(err error) error {
	if r := told(err); r.status != http.StatusInternalServerError {
		return r
	}
	return &refusal{status: http.StatusBadRequest, text: err.Error(), cause: err}
}

// handler answers a request.
type handler func(*http.Request) (response, error)

// ServeHTTP implements http.Handler. It is the one place where answers are
// written.
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
	r = withController(w, r)
	res, err := h(r)
	if err != nil {
		r := told(err)
		res = response{status: r.status, body: problem{
			Error: r.text, Code: r.code, Field: r.field, Faults: r.faults, Status: r.answered, ErrorCode: r.errorCode,
		}}
	}
	if res.status == 0 {
		res.status = http.StatusOK
	}
	if res.body != nil {
		res.kind = "application/json"
		if res.raw, err = daraja.Marshal(res.body); err != nil {
			res = response{status: http.StatusInternalServerError, kind: "text/plain; charset=utf-8", raw: []byte("encoding the answer: " + err.Error())}
		}
	}
	res.write(w, newSteady(w, r))
}

func (r response) write(w http.ResponseWriter, body *steady) {
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	if r.kind != "" {
		head.Set("Content-Type", r.kind)
	}
	if r.file != "" {
		head.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", r.file))
	}
	w.WriteHeader(r.status)
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

// noContent is the answer of what has nothing to tell.
func noContent() response { return response{status: http.StatusNoContent} }
