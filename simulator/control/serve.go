package control

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/darajabox/darajabox/daraja"
)

// response is what a handler wants written.
type response struct {
	status int // 0 is 200
	body   any // encoded as JSON; nil writes none
}

// refusal is an error that is told to the caller, with its HTTP status.
type refusal struct {
	status int
	text   string
}

// Error implements error.
func (r *refusal) Error() string { return r.text }

func refuse(status int, format string, args ...any) error {
	return &refusal{status: status, text: fmt.Sprintf(format, args...)}
}

// problem is the body of a refusal.
type problem struct {
	Error string `json:"error"`
}

// handler answers a request. An error that is not a refusal is answered with 500.
type handler func(*http.Request) (response, error)

// ServeHTTP implements http.Handler. It is the one place where answers are
// written.
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, MaxScenario)
	res, err := h(r)
	if err != nil {
		told := &refusal{status: http.StatusInternalServerError, text: err.Error()}
		errors.As(err, &told)
		res = response{status: told.status, body: problem{Error: told.text}}
	}
	if res.status == 0 {
		res.status = http.StatusOK
	}
	if res.body == nil {
		w.WriteHeader(res.status)
		return
	}
	body, err := daraja.Marshal(res.body)
	if err != nil {
		http.Error(w, "encoding the answer: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(res.status)
	_, _ = w.Write(body) // fails only for a caller that left
}
