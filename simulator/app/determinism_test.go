package app_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/app"
)

// mixed has every kind of chance there is: who is hit, how long it takes, what goes
// wrong with the answer and with the callback.
const mixed = `
name: mixed
world:
  seed: %d
  clock: {frozen: true, at: "2026-11-24T12:00:00+03:00"}
  settings: {think_time: 2s}
  customers:
    - {phone: 254712000003, balance: 100}
    - {phone: 254712000004, pin: "1234"}
rules:
  - name: no token today
    when: {api: oauth}
    chance: 0.3
    then: {reply: {error: 500.003.1001}}
  - name: queries fail at first
    when: {api: stkquery, attempt: 1}
    chance: 0.4
    then: {reply: {error: 500.003.02}}
  - name: firewall
    when: {api: [stkpush, stkquery]}
    chance: 0.05
    then: {reply: {page: waf_503}}
  - name: edge
    chance: 0.08
    then: {reply: {page: spike_arrest, accepted: true}}
  - name: revoked
    when: {attempt: 1}
    chance: 0.1
    then: {reply: {revoke_token: true}}
  - name: slow answers
    when: {phone: [254712000012, 254712000013, 254712000014, 254712000015]}
    chance: 0.8
    then: {result: 0, after: 3s..9s, reply: {latency: 1s..4s}}
  - name: in turns
    when: {phone: 254712000001}
    then: {sequence: [1037, 2001, {result: 0, callback: {copies: 3, gap: 1s..2s}}, 1032]}
  - name: the second time it works
    when: {attempt: "> 1"}
    chance: 0.5
    then: {result: 0, after: {normal: {mean: 4s, deviation: 2s, min: 1s, max: 9s}}}
  - name: copies
    chance: 0.2
    then: {result: 0, callback: {copies: 2, gap: 500ms..3s, delay: {exponential: {mean: 2s, max: 8s}}}}
  - name: lies
    chance: 0.2
    then: {result: 0, callback: {amount: 999, phone: 254700000001}}
  - name: damaged
    chance: 0.2
    then: {result: 0, reply: {damage: malformed}, callback: {malformed: true}}
  - name: too early
    chance: 0.2
    then: {result: 1032, callback: {before_ack: true}}
  - name: shuffled
    chance: 0.2
    then: {result: 0, callback: {reorder: 2}}
  - name: cut
    chance: 0.2
    then: {result: 0, reply: {damage: reset}, callback: {slow_body: 1s..3s}}
  - name: lost
    chance: 0.2
    then: {result: 0, callback: {drop: true}}
`

// The same seed and scenario give the same journal to the byte, whatever the order in
// which sixteen clients at once get their turn; another seed gives another one.
func TestSameSeedSameJournal(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), "254712000007") {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(receiver.Close)
	first := journalOfRun(t, 42, receiver.URL)
	for range 3 {
		if again := journalOfRun(t, 42, receiver.URL); again != first {
			t.Fatalf("two runs differ: %s", difference(first, again))
		}
	}
	if other := journalOfRun(t, 43, receiver.URL); other == first {
		t.Error("another seed gives the same journal")
	}
	for _, rule := range strings.Split(mixed, "  - name: ")[1:] {
		name, _, _ := strings.Cut(rule, "\n")
		if !strings.Contains(first, `\"`+name+`\" of mixed`) {
			t.Errorf("the rule %q never decided, so that the run shows nothing of it", name)
		}
	}
	if n := strings.Count(first, "\n"); n < 400 {
		t.Errorf("the run has %d records only", n)
	}
}

// crossing has callbacks that overtake each other while sixteen clients push: what is
// held back for later ones, and what comes before its acknowledgement.
const crossing = `
name: crossing
rules:
  - {name: held back, chance: 25%, then: {result: 0, callback: {reorder: 3}}}
  - {name: too early, chance: 40%, then: {result: 0, callback: {before_ack: true, copies: 2, gap: 1s..3s}}}
  - {name: an old receipt, chance: 30%, then: {result: 0, callback: {reuse_receipt_of: previous}}}
  - {name: late, chance: 30%, then: {result: 0, callback: {delay: 1s..9s}}}
`

// The hostile preset gives the same trouble twice, and so do callbacks that cross each
// other. Rounds follow each other within seconds, so that what one has set going meets
// the next.
func TestSameTroubleTwice(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // cut off by some rules
	}))
	t.Cleanup(receiver.Close)
	for name, c := range map[string]struct {
		config app.Config
		rules  int // that decide in the run, at least
	}{
		"hostile":  {app.Config{Preset: "hostile"}, 25},
		"crossing": {app.Config{ScenarioSource: []byte(crossing)}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			c.config.Seed, c.config.Frozen, c.config.StartAt = 42, true, noon()
			first := journalOfRush(t, c.config, receiver.URL)
			for range 2 {
				if again := journalOfRush(t, c.config, receiver.URL); again != first {
					t.Fatalf("two runs differ: %s", difference(first, again))
				}
			}
			rules := map[string]bool{}
			for _, by := range regexp.MustCompile(`"by":"rule \d+`).FindAllString(first, -1) {
				rules[by] = true
			}
			if len(rules) < c.rules {
				t.Errorf("%d rules decided, which shows too little", len(rules))
			}
		})
	}
}

// journalOfRush is the exported journal of sixteen clients that push and query at once,
// round after round. Each has a token of its own, got while no other client asks: a token
// that several share would be revoked before or after the others' requests.
func journalOfRush(t *testing.T, config app.Config, receiver string) string {
	t.Helper()
	const rounds = 20
	s := start(t, config)
	defer s.Stop(t.Context())
	crowd := make([]*customer, 16)
	for n := range crowd {
		crowd[n] = &customer{t: t, sim: s, phone: fmt.Sprintf("2547120000%02d", n), receiver: receiver}
	}
	tokens, queries := 0, 0
	for round := range rounds {
		for _, c := range crowd {
			for c.token == "" {
				tokens++
				s.during(t, inParallel([]*customer{c}, (*customer).askToken), fmt.Sprintf(`{"match":{"api":"oauth"},"count":{"at_least":%d}}`, tokens), "3s")
			}
		}
		reference := fmt.Sprintf("R%d", round)
		s.during(t, inParallel(crowd, func(c *customer) { c.push(reference) }), fmt.Sprintf(`{"match":{"kind":"request","api":"stkpush","reference":%q},"count":16}`, reference), "5s")
		asking := slices.DeleteFunc(slices.Clone(crowd), func(c *customer) bool { return c.checkout == "" || c.token == "" })
		queries += len(asking)
		s.during(t, inParallel(asking, (*customer).query), fmt.Sprintf(`{"match":{"api":"stkquery"},"count":{"at_least":%d}}`, queries), "4s")
	}
	s.advance(t, "10m")
	return s.ask(t, http.MethodGet, "/journal.jsonl", "")
}

// during moves the clock on once the journal has what the clients are about to do, and
// returns when that has been done: answers may wait for the clock.
func (s *sim) during(t *testing.T, done func(), recorded, by string) {
	t.Helper()
	if verdict := s.ask(t, http.MethodPost, "/journal/wait", recorded); !strings.Contains(verdict, `"ok":true`) {
		t.Fatalf("waited in vain: %s", verdict)
	}
	s.advance(t, by)
	done()
}

// difference is the first line that differs.
func difference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return fmt.Sprintf("line %d\n%s\n%s", i+1, as[i], bs[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(as), len(bs))
}

// journalOfRun is the exported journal of rounds of payments by sixteen clients.
func journalOfRun(t *testing.T, seed int, receiver string) string {
	t.Helper()
	s := start(t, app.Config{ScenarioSource: fmt.Appendf(nil, mixed, seed)})
	defer s.Stop(t.Context())
	crowd := make([]*customer, 16)
	for n := range crowd {
		crowd[n] = &customer{t: t, sim: s, phone: fmt.Sprintf("2547120000%02d", n), receiver: receiver}
	}
	s.ask(t, http.MethodPost, "/queue", `{"phone":"254712000005","times":2,"then":{"result":1019}}`)
	for round := range 8 {
		reference := fmt.Sprintf("R%d", round)
		pushing := func(c *customer) { c.push(reference) }
		quick, slow := inParallel(crowd[:12], pushing), inParallel(crowd[12:], pushing)
		s.ask(t, http.MethodPost, "/journal/wait", fmt.Sprintf(`{"match":{"kind":"request","api":"stkpush","reference":%q},"count":{"at_least":16},"timeout":"20s"}`, reference))
		quick()
		s.control(t, http.MethodPost, "/phones/254712000006/cancel", "") // there is a prompt, or there is not: always the same
		s.advance(t, "1500ms")
		inParallel(crowd[:12], (*customer).query)()
		s.advance(t, "5s")
		slow() // their answers waited for the clock
		inParallel(crowd[:12], func(c *customer) { c.pushAgain(reference) })()
		s.ask(t, http.MethodPost, "/clock/advance", fmt.Sprintf(`{"to":%q}`, noon().Add(time.Duration(round+1)*time.Minute).Format(time.RFC3339)))
		inParallel(crowd, (*customer).query)()
	}
	return s.ask(t, http.MethodGet, "/journal.jsonl", "")
}

// inParallel makes all customers do something at once, and returns a function that waits for them.
func inParallel(crowd []*customer, do func(*customer)) (wait func()) {
	var wg sync.WaitGroup
	for _, c := range crowd {
		wg.Go(func() { do(c) })
	}
	return wg.Wait
}

// customer is one of many clients.
type customer struct {
	t        *testing.T
	sim      *sim
	phone    string
	receiver string
	token    string
	checkout string
}

func (c *customer) login() {
	for range 50 {
		if c.askToken(); c.token != "" {
			return
		}
	}
	c.t.Errorf("%s got no token", c.phone)
}

// askToken asks once. The connection is a new one: net/http sends a GET a second time
// when one that it kept is reset.
func (c *customer) askToken() {
	basic := base64.StdEncoding.EncodeToString([]byte("sandbox:sandbox"))
	_, body, err := tryWith(c.t.Context(), &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, http.MethodGet,
		c.sim.URL()+daraja.TokenPath+"?grant_type=client_credentials", "", "Authorization", "Basic "+basic)
	var token daraja.TokenResponse
	if err == nil && json.Unmarshal([]byte(body), &token) == nil {
		c.token = token.AccessToken
	}
}

// push pushes once, whatever comes of it.
func (c *customer) push(reference string) {
	if c.token == "" {
		c.login()
	}
	c.checkout = ""
	_, body, err := try(c.t.Context(), http.MethodPost, c.sim.URL()+daraja.STKPushPath, pushBody(c.phone, reference, c.receiver+"/"+c.phone),
		"Content-Type", "application/json", "Authorization", "Bearer "+c.token)
	var ack daraja.STKPushAck
	if err == nil && json.Unmarshal([]byte(body), &ack) == nil {
		c.checkout = ack.CheckoutRequestID
	}
	if strings.Contains(body, "404.001.03") {
		c.token = ""
	}
}

// pushAgain pushes once more when the first push was not accepted.
func (c *customer) pushAgain(reference string) {
	if c.checkout == "" {
		c.push(reference)
	}
}

func (c *customer) query() {
	if c.checkout != "" && c.token != "" {
		const stamp = "20250707180034"
		_, _, _ = try(c.t.Context(), http.MethodPost, c.sim.URL()+daraja.STKQueryPath, fmt.Sprintf(
			`{"BusinessShortCode":174379,"Password":%q,"Timestamp":%q,"CheckoutRequestID":%q}`,
			daraja.Password("174379", daraja.SandboxPasskey, stamp), stamp, c.checkout,
		), "Content-Type", "application/json", "Authorization", "Bearer "+c.token)
	}
}
