package control

import (
	"net/http"

	"github.com/darajabox/darajabox/daraja"
)

// health says that the server is up, and what is wrong with it all the same.
func (s *server) health(*http.Request) (response, error) {
	body := struct {
		Status   string   `json:"status"` // ok, or degraded
		Troubles []string `json:"troubles,omitempty"`
	}{Status: "ok"}
	if s.troubles != nil {
		body.Troubles = s.troubles()
	}
	if len(body.Troubles) > 0 {
		body.Status = "degraded"
	}
	return response{body: body}, nil
}

// outcome is an entry of the catalogue of result codes.
type outcome struct {
	Code       string            `json:"code"` // a string, whatever it is on the wire
	Text       string            `json:"text"`
	Short      string            `json:"short"` // for a list of payments: "wrong PIN"
	Variants   []string          `json:"variants"`
	Meaning    string            `json:"meaning"`
	Confidence daraja.Confidence `json:"confidence"`
	Malipo     string            `json:"malipo,omitempty"`
	MagicPhone string            `json:"magic_phone,omitempty"`
}

func (s *server) outcomes(*http.Request) (response, error) {
	var all []outcome
	for _, r := range daraja.Results() {
		all = append(all, newOutcome(r))
	}
	return response{body: struct {
		Outcomes []outcome `json:"outcomes"`
	}{all}}, nil
}

func newOutcome(r daraja.Result) outcome {
	o := outcome{
		Code: string(r.Code), Text: r.Desc(daraja.DialectDaraja), Short: r.Short, Variants: append([]string{}, r.Variants...),
		Meaning: r.Meaning, Confidence: r.Confidence, Malipo: r.Malipo,
	}
	phone := r.Code.MagicMSISDN()
	if code, ok := daraja.MagicResult(phone); ok && code == r.Code {
		o.MagicPhone = phone.Digits()
	}
	return o
}

// darajaError is an entry of the catalogue of refusals.
type darajaError struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (s *server) errors(*http.Request) (response, error) {
	var all []darajaError
	for _, e := range daraja.Errors() {
		all = append(all, darajaError{Status: e.Status, Code: e.Code, Message: e.Message})
	}
	return response{body: struct {
		Errors []darajaError `json:"errors"`
	}{all}}, nil
}

type setting struct {
	Name    string   `json:"name"`
	Value   string   `json:"value"`
	Default string   `json:"default"`
	Allowed []string `json:"allowed"`
	Doc     string   `json:"doc"`
}

func (s *server) settings(w World, _ *http.Request) (response, error) {
	var all []setting
	for _, v := range w.Domain().Settings() {
		allowed := v.Allowed
		if allowed == nil {
			allowed = []string{v.Form}
		}
		all = append(all, setting{Name: v.Name, Value: v.Value, Default: v.Default, Allowed: allowed, Doc: v.Doc})
	}
	return response{body: struct {
		Settings []setting `json:"settings"`
	}{all}}, nil
}
