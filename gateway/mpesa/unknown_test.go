package mpesa_test

import (
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway/mpesa"
)

// orderFor is orderOne for the nth of some phones.
func orderFor(t *testing.T, c *mpesa.Client, n int) (pushed bool) {
	t.Helper()
	if c.Ready("duka") > 0 {
		return false
	}
	o := order()
	o.Phone = daraja.MSISDN(fmt.Sprintf("2547083741%02d", n))
	_, _ = c.Push(t.Context(), o)
	return true
}

// ordersFor goes through phones in turn, and says how many pushes were made.
func ordersFor(t *testing.T, c *mpesa.Client, orders, phones int) (made int) {
	t.Helper()
	for n := range orders {
		if orderFor(t, c, n%phones) {
			made++
		}
	}
	return made
}

// Whatever leaves it open whether there is a prompt counts: the fifth opens the breaker
// when three phones got such answers, and none does when it is one phone or two.
func TestUnknownAnswersOpenTheBreaker(t *testing.T) {
	unknown := map[string]answer{
		"an internal fault":              envelope(500, "500.003.1001", "Internal Server Error"),
		"invalid output":                 envelope(500, "500.001.1001", "Request failed: Output data invalid"),
		"an empty text":                  envelope(500, "500.001.1001", ""),
		"an unfamiliar text":             envelope(500, "500.001.1001", "Try again"),
		"an unfamiliar refusal with 200": {200, `{"CheckoutRequestID":"2","ResponseCode":"1","ResponseDescription":"Rejected"}`},
		"an envelope with 200":           envelope(200, "500.001.1001", "Merchant does not exist"),
		"a request timeout":              {408, ""},
		"a conflict":                     {409, ""},
		"the edge's 504":                 {504, ""},
		"nothing with 200":               {200, ""},
		"a broken connection":            {},
	}
	for name, a := range unknown {
		for phones, want := range map[int]int{1: 50, 2: 50, 3: 5, 5: 5} {
			t.Run(fmt.Sprintf("%s, %d phones", name, phones), func(t *testing.T) {
				f := newFake(t)
				f.onPush = func(int, *http.Request, []byte) answer { return a }
				if got := ordersFor(t, f.client(t, nil), 50, phones); got != want {
					t.Errorf("%d of 50 pushes were made, want %d", got, want)
				}
			})
		}
	}
}

// One phone's odd answers wait for those of others.
func TestTheThirdPhoneOpensTheBreaker(t *testing.T) {
	f := newFake(t)
	f.onPush = func(int, *http.Request, []byte) answer { return answer{504, ""} }
	c := f.client(t, nil)
	for n, phone := range []int{1, 1, 1, 1, 1, 1, 1, 2, 2, 1, 3} {
		if !orderFor(t, c, phone) {
			t.Fatalf("push %d was not made", n+1)
		}
	}
	if orderFor(t, c, 4) {
		t.Error("a push was made after unknown answers to three phones")
	}
}

// A success in between begins the count anew, phones included.
func TestASuccessForgetsUnknownAnswers(t *testing.T) {
	f := newFake(t)
	f.onPush = func(n int, _ *http.Request, _ []byte) answer {
		if n == 5 {
			return answer{200, ack}
		}
		return answer{504, ""}
	}
	c := f.client(t, nil)
	if got := ordersFor(t, c, 50, 4); got != 10 {
		t.Errorf("%d pushes, want 4, a success, and 5", got)
	}
	f = newFake(t)
	f.onPush = func(n int, _ *http.Request, _ []byte) answer {
		if n == 5 {
			return answer{200, ack}
		}
		return answer{504, ""}
	}
	c = f.client(t, nil)
	for _, phone := range []int{1, 2, 3, 4, 1, 1, 1, 1, 1, 1, 1} { // before the success four, after it one
		if !orderFor(t, c, phone) {
			t.Fatal("the breaker counts the phones from before the success")
		}
	}
}

// Failures that are about no phone count as they did: five in a row, whoever orders.
func TestFailuresOfNoPhoneOpenTheBreaker(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := "http://" + listener.Addr().String()
	listener.Close()
	for name, set := range map[string]func(*fake, *mpesa.Config){
		"no connection": func(f *fake, cfg *mpesa.Config) {
			cfg.BaseURL = dead
			cfg.Transport = &tokenElsewhere{RoundTripper: mpesa.NewTransport(), at: f.URL}
		},
		"no token": func(f *fake, _ *mpesa.Config) { f.onToken = func(int) answer { return answer{503, ""} } },
		"maintenance": func(f *fake, _ *mpesa.Config) {
			f.answers(envelope(500, "500.002.1001", daraja.ErrMaintenance().Message))
		},
		"the limiter":  func(f *fake, _ *mpesa.Config) { f.answers(answer{429, spike}) },
		"the firewall": func(f *fake, _ *mpesa.Config) { f.answers(answer{403, page}) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			c := f.client(t, func(cfg *mpesa.Config) { set(f, cfg) })
			if got := ordersFor(t, c, 50, 1); got != 5 {
				t.Errorf("%d pushes were tried, want 5", got)
			}
		})
	}
}

func (f *fake) answers(a answer) { f.onPush = func(int, *http.Request, []byte) answer { return a } }

// A probe is one call, and what it says counts whatever the phone.
func TestAProbeWithAnUnknownAnswerOpensAgain(t *testing.T) {
	f := newFake(t)
	f.answers(answer{504, ""})
	c := f.client(t, nil)
	ordersFor(t, c, 50, 3)
	f.clock.Advance(mpesa.StandardPause)
	if got := ordersFor(t, c, 50, 1); got != 1 {
		t.Errorf("%d probes, want 1", got)
	}
	f.clock.Advance(mpesa.StandardPause)
	if orderFor(t, c, 1) {
		t.Error("the pause was not doubled")
	}
	f.clock.Advance(2 * time.Minute)
	f.answers(answer{200, ack})
	if got := ordersFor(t, c, 10, 1); got != 10 {
		t.Errorf("%d of 10 pushes after a probe that was answered", got)
	}
}

// Every second answer is unknown: never five in a row, and half of the last twenty, when
// three phones got them.
func TestUnknownAnswersCountAmongTheLastTwenty(t *testing.T) {
	for phones, want := range map[int]int{1: 60, 7: 20} {
		f := newFake(t)
		f.onPush = func(n int, _ *http.Request, _ []byte) answer {
			if n%2 == 0 {
				return answer{504, ""}
			}
			return answer{200, ack}
		}
		if got := ordersFor(t, f.client(t, nil), 60, phones); got != want {
			t.Errorf("%d phones: %d pushes, want %d", phones, got, want)
		}
	}
}
