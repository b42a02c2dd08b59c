package mpesa_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway/mpesa"
)

// push sends one push to a Daraja that gives one answer.
func pushAnswered(t *testing.T, a answer) (refused bool, message string, pushes int) {
	t.Helper()
	f := newFake(t)
	f.onPush = func(int, *http.Request, []byte) answer { return a }
	_, err := f.client(t, nil).Push(t.Context(), order())
	e := asPushError(t, err)
	_, pushes = f.counts()
	return !e.Ambiguous, e.Message, pushes
}

// Only an answer that is known to come before the prompt refuses a push. The shapes
// are those of the reference: envelopes, faults of the edge, SOAP, pages, nothing.
func TestPushIsRefusedByKnownAnswersOnly(t *testing.T) {
	const (
		lock        = "Unable to lock subscriber, a transaction is already in process for the current subscriber"
		maintenance = "Service is currently under maintenance. Please try again later"
		busy        = "System is busy. Please try again in few minutes."
		timeout     = `{"fault":{"faultstring":"Gateway Timeout","detail":{"errorcode":"messaging.adaptors.http.flow.GatewayTimeout","reason":"TARGET_READ_TIMEOUT"}}}`
		soap        = `{"Envelope":{"Body":{"Fault":{"faultcode":"soap:Server","faultstring":"Execution of ServiceCallout SC-SearchURL failed. Reason: ResponseCode 503 is treated as error","detail":{"source":{"errorcode":"steps.servicecallout.ExecutionFailed"}}}}}}`
		soapXML     = `<?xml version="1.0"?><SOAP-ENV:Envelope><SOAP-ENV:Body><SOAP-ENV:Fault><faultstring>Internal Error</faultstring></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>`
		unread      = "M-PESA's answer cannot be read"
	)
	tests := []struct {
		name    string
		answer  answer
		refused bool
		message string
	}{
		{"wrong credentials", envelope(500, "500.001.1001", "Wrong credentials"), true, "Wrong credentials (500.001.1001)"},
		{"wrong credentials, with a period", envelope(500, "500.001.1001", "Wrong credentials."), true, "Wrong credentials. (500.001.1001)"},
		{"wrong credentials, the old text", envelope(500, "500.001.1001", "[MerchantValidate] - Wrong credentials"), true, "[MerchantValidate] - Wrong credentials (500.001.1001)"},
		{"wrong credentials, with other case and blanks", envelope(500, "500.001.1001", "  WRONG   Credentials "), true, "  WRONG   Credentials  (500.001.1001)"},
		{"wrong credentials, and accepted", answer{503, `{"errorCode":"500.001.1001","errorMessage":"Wrong credentials","ResponseCode":"0","CheckoutRequestID":"ws_CO_1"}`}, false, "M-PESA's answer contradicts itself"},
		{"a bad request, and accepted", answer{400, `{"ResponseCode":0,"CheckoutRequestID":"ws_CO_1"}`}, false, "M-PESA's answer contradicts itself"},
		{"two texts", answer{500, `{"errorCode":"500.001.1001","errorMessage":"Internal error","ErrorMessage":"Wrong credentials"}`}, false, "M-PESA's answer contradicts itself"},
		{"two prompts", answer{200, `{"ResponseCode":"0","CheckoutRequestID":"ws_CO_1","checkoutRequestID":"ws_CO_2"}`}, false, "M-PESA's answer contradicts itself"},
		{"wrong credentials, with 503", envelope(503, "500.001.1001", "Wrong credentials"), true, "Wrong credentials (500.001.1001)"},
		{"no merchant", envelope(500, "500.001.1001", "Merchant does not exist"), true, "Merchant does not exist (500.001.1001)"},
		{"a locked subscriber", envelope(500, "500.001.1001", lock), true, lock + " (500.001.1001)"},
		{"a locked subscriber, with a period", envelope(500, "500.001.1001", lock+"."), true, lock + ". (500.001.1001)"},
		{"a type that is not allowed", envelope(500, "500.001.1001", "Merchant not allowed to carry out transaction type CustomerPayBillOnline"), true,
			"Merchant not allowed to carry out transaction type CustomerPayBillOnline (500.001.1001)"},
		{"maintenance", envelope(500, "500.002.1001", maintenance), true, maintenance + " (500.002.1001)"},
		{"maintenance, by the other code", envelope(503, "00.002.1001", maintenance+"."), true, maintenance + ". (00.002.1001)"},
		{"busy", envelope(500, "500.003.02", busy), true, busy + " (500.003.02)"},
		{"busy, without a period", envelope(503, "500.003.02", strings.TrimSuffix(busy, ".")), true, "System is busy. Please try again in few minutes (500.003.02)"},
		{"a spike arrest in the envelope", envelope(500, "500.003.02", "Error Occurred: Spike Arrest Violation"), true, "Error Occurred: Spike Arrest Violation (500.003.02)"},
		{"a quota", envelope(500, "500.003.03", "Quota Violation"), true, "Quota Violation (500.003.03)"},
		{"a quota, the longer text", envelope(500, "500.003.03", "Error Occurred: Quota Violation"), true, "Error Occurred: Quota Violation (500.003.03)"},

		{"a fault inside", envelope(500, "500.003.1001", "Internal Server Error"), false, "Internal Server Error (500.003.1001)"},
		{"a fault inside, by the merchant's code", envelope(500, "500.001.1001", "Internal Server Error"), false, "Internal Server Error (500.001.1001)"},
		{"a fault inside, other case", envelope(500, "500.001.1001", "internal server error."), false, "internal server error. (500.001.1001)"},
		{"a fault on the way out", envelope(500, "500.001.1001", "Request failed: Output data invalid"), false, "Request failed: Output data invalid (500.001.1001)"},
		{"a fault on the way out, in lower case", envelope(500, "500.001.1001", "output data invalid"), false, "output data invalid (500.001.1001)"},
		{"an internal error", envelope(500, "500.002.1001", "System internal error."), false, "System internal error. (500.002.1001)"},
		{"an empty text", envelope(500, "500.001.1001", ""), false, " (500.001.1001)"},
		{"a prompt in process", envelope(500, "500.001.1001", "The transaction is being processed"), false, "The transaction is being processed (500.001.1001)"},
		{"unreachable inside", envelope(500, "500.003.1001", "Service is currently unreachable. Please try again later."), false,
			"Service is currently unreachable. Please try again later. (500.003.1001)"},
		{"unavailable", envelope(500, "500.001.1001", "Service is temporarily unavailable. Please try again later"), false,
			"Service is temporarily unavailable. Please try again later (500.001.1001)"},
		{"an ICCID", envelope(500, "500.001.1001", "Missing ICCID value in request"), false, "Missing ICCID value in request (500.001.1001)"},
		{"a text that nobody has seen", envelope(500, "500.001.1001", "Try again"), false, "Try again (500.001.1001)"},
		{"a known text with a code that is not its own", envelope(500, "500.009.1001", "Wrong credentials"), false, "Wrong credentials (500.009.1001)"},
		{"a known text that goes on", envelope(500, "500.001.1001", "Wrong credentials; request failed after prompt"), false, "Wrong credentials; request failed after prompt (500.001.1001)"},
		{"a known text with 502", envelope(502, "500.001.1001", "Wrong credentials"), false, "Wrong credentials (500.001.1001)"},
		{"a known text with 504", envelope(504, "500.002.1001", maintenance), false, maintenance + " (500.002.1001)"},
		{"a known text with 408", envelope(408, "500.001.1001", "Wrong credentials"), false, "Wrong credentials (500.001.1001)"},
		{"a refused token with 500", envelope(500, "404.001.03", "Invalid Access Token"), false, "Invalid Access Token (404.001.03)"},

		{"a bad field", envelope(400, "400.002.02", "Bad Request - Invalid Amount"), true, "Bad Request - Invalid Amount (400.002.02)"},
		{"a fault inside with 400", envelope(400, "500.003.1001", "Internal Server Error"), true, "Internal Server Error (500.003.1001)"},
		{"a token that is refused twice", envelope(404, "404.001.03", "Invalid Access Token"), true, "Invalid Access Token (404.001.03)"},
		{"a spike arrest of the edge", answer{429, spike}, true, "M-PESA answered 429"},
		{"the firewall's 403", answer{403, page}, true, "M-PESA answered 403"},
		{"an empty 404", answer{404, ""}, true, "M-PESA answered 404"},

		{"the firewall's 503", answer{503, page}, false, "M-PESA answered 503"},
		{"an empty 503", answer{503, ""}, false, "M-PESA answered 503"},
		{"a plain 500", answer{500, "Service is currently unreachable"}, false, "M-PESA answered 500"},
		{"a spike arrest of the edge with 500", answer{500, spike}, false, "M-PESA answered 500"},
		{"the edge's 504", answer{504, timeout}, false, "M-PESA answered 504"},
		{"a SOAP fault as JSON", answer{503, soap}, false, "M-PESA answered 503"},
		{"a SOAP fault as XML", answer{500, soapXML}, false, "M-PESA answered 500"},
		{"a request timeout", answer{408, ""}, false, "M-PESA answered 408"},

		{"a ResponseCode that is not listed", answer{200, `{"MerchantRequestID":"1","CheckoutRequestID":"2","ResponseCode":"1","ResponseDescription":"Rejected"}`}, false, "Rejected (1)"},
		{"a ResponseCode of two digits", answer{200, strings.Replace(ack, `"ResponseCode":"0"`, `"ResponseCode":"00"`, 1)}, false, "Success. Request accepted for processing (00)"},
		{"a ResponseCode that is no code", answer{200, strings.Replace(ack, `"ResponseCode":"0"`, `"ResponseCode":false`, 1)}, false, "Success. Request accepted for processing (false)"},
		{"an envelope with 200", envelope(200, "500.001.1001", "Merchant does not exist"), false, "Merchant does not exist (500.001.1001)"},
		{"a refused token with 200", envelope(200, "404.001.03", "Invalid Access Token"), false, "Invalid Access Token (404.001.03)"},
		{"200 and not JSON", answer{200, "OK"}, false, unread},
		{"200 and a page", answer{200, page}, false, unread},
		{"200 and nothing", answer{200, ""}, false, unread},
		{"200 without the prompt's id", answer{200, `{"ResponseCode":"0"}`}, false, unread},
		{"200 without a ResponseCode", answer{200, `{"CheckoutRequestID":"ws_CO_1"}`}, false, unread},
		{"200 with an id too long", answer{200, `{"ResponseCode":"0","CheckoutRequestID":"` + strings.Repeat("9", 200) + `"}`}, false, unread},
		{"200 with too much to read", answer{200, `{"x":"` + strings.Repeat("9", 70<<10) + `"}`}, false, unread},
		{"202", answer{202, ""}, false, unread},
		{"a redirect", answer{302, ""}, false, "M-PESA answered 302"},
		{"a connection that breaks", answer{}, false, "the connection to M-PESA broke"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refused, message, pushes := pushAnswered(t, tt.answer)
			if refused != tt.refused || message != tt.message {
				t.Errorf("refused %v, %q; want %v, %q", refused, message, tt.refused, tt.message)
			}
			want := 1
			if tt.name == "a token that is refused twice" {
				want = 2
			}
			if pushes != want {
				t.Errorf("%d pushes, want %d", pushes, want)
			}
		})
	}
}

// The catalogue's refusals and a list of statuses: whatever else comes is not known to
// be before the prompt.
func TestEveryStatusIsRefusedOrUnknown(t *testing.T) {
	refusing := []int{400, 401, 403, 404, 405, 413, 415, 422, 429}
	for status := 300; status <= 599; status++ {
		for name, body := range map[string]string{"empty": "", "page": page, "envelope": envelope(0, "500.003.1001", "Internal Server Error").body} {
			if refused, _, pushes := pushAnswered(t, answer{status, body}); refused != slices.Contains(refusing, status) || pushes != 1 {
				t.Errorf("%d, %s: refused %v after %d pushes", status, name, refused, pushes)
			}
		}
	}
}

// A body that breaks off says as much as its status.
func TestTornAnswersAreJudgedByTheirStatus(t *testing.T) {
	whole := envelope(0, "500.001.1001", "Wrong credentials").body
	for status, refused := range map[int]bool{200: false, 400: true, 404: true, 500: false, 503: false} {
		for _, body := range []string{whole, ack} {
			for _, cut := range []int{1, len(body) / 2, len(body) - 1} {
				t.Run(fmt.Sprint(status, " cut at ", cut), func(t *testing.T) {
					f := newFake(t)
					f.torn = true
					f.onPush = func(int, *http.Request, []byte) answer { return answer{status, body[:cut]} }
					_, err := f.client(t, nil).Push(t.Context(), order())
					if e := asPushError(t, err); e.Ambiguous == refused {
						t.Errorf("ambiguous %v, %q", e.Ambiguous, e.Message)
					}
				})
			}
		}
	}
}

// A refusal of the catalogue that all clients can get is known, or left unknown on
// purpose.
func TestCatalogueOfRefusalsIsJudged(t *testing.T) {
	unknown := []string{
		daraja.ErrInternal().Message, daraja.ErrUnreachable().Message, daraja.ErrProcessing().Message, daraja.ErrNoTransaction().Message,
	}
	for _, e := range daraja.Errors() {
		refused, _, _ := pushAnswered(t, envelope(e.Status, e.Code, e.Message))
		if want := !slices.Contains(unknown, e.Message); refused != want {
			t.Errorf("%d %s %q: refused %v, want %v", e.Status, e.Code, e.Message, refused, want)
		}
	}
}

// A push whose time ends before it is sent is a refusal: while it waits for a token,
// and between the token and the call.
func TestPushThatRunsOutOfTimeBeforeTheCallIsRefused(t *testing.T) {
	t.Run("waiting for a token", func(t *testing.T) {
		f := newFake(t)
		hold := make(chan struct{})
		t.Cleanup(func() { close(hold) })
		f.onToken = func(int) answer { <-hold; return tokenAnswer("late") }
		c := f.client(t, func(cfg *mpesa.Config) { cfg.Timeouts.Push = 50 * time.Millisecond })
		_, err := c.Push(t.Context(), order())
		if e := asPushError(t, err); e.Ambiguous {
			t.Errorf("unknown: %q", e.Message)
		}
		if _, pushes := f.counts(); pushes != 0 {
			t.Errorf("%d pushes", pushes)
		}
	})
	t.Run("after the token", func(t *testing.T) {
		f := newFake(t)
		c := f.client(t, nil)
		if _, err := c.Push(t.Context(), order()); err != nil { // now there is a token
			t.Fatal(err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.Push(gone, order())
		if e := asPushError(t, err); e.Ambiguous {
			t.Errorf("unknown: %q", e.Message)
		}
		if _, pushes := f.counts(); pushes != 1 {
			t.Errorf("%d pushes", pushes)
		}
	})
}
