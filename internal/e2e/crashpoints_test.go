package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/darajatest"
	gwapp "github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/gateway/postgres"
	"github.com/darajabox/darajabox/internal/pgtest"
	"github.com/darajabox/darajabox/internal/testkit"
)

// crashStore is a database that the gateway is killed on. open makes an empty one,
// which ends with the test: the flags for it, and its name for an audit.
type crashStore struct {
	name string
	open func(t *testing.T) (flags []string, database string)

	// together is how many rounds run at a time, each on a database of its own; 0 is
	// one after the other on one database, so that each finds what the others left.
	together int
}

func crashStores() []crashStore {
	return []crashStore{
		{name: "sqlite", open: func(t *testing.T) ([]string, string) {
			t.Helper()
			dir := t.TempDir()
			return []string{"--data", dir}, dir
		}},
		// The work of a killed replica waits until it counts as lost, and River waits until
		// the lease of a dead leader ends, 15 s.
		{name: "postgres", open: crashOnPostgres, together: 12},
	}
}

func crashOnPostgres(t *testing.T) (flags []string, database string) {
	t.Helper()
	url := pgtest.NewDatabaseFrom(t, "crash", func(url string) error {
		s, err := postgres.Open(context.Background(), postgres.Config{URL: url, Clock: testkit.NewClock(time.Now())})
		if err != nil {
			return err
		}
		return s.Close()
	})
	return []string{
		"--database", url + "&pool_max_conns=4", "--data", t.TempDir(), "--master-key", strings.Repeat("6b", 32), "--lost-after", "2s",
	}, url
}

// crash is one round: the result of the payment, where the gateway dies, and what
// the gateway can know of it in the end.
type crash struct {
	route string
	at    string // POINT or POINT:N
	end   string // status of the payment
}

// The routes, by the beginning of the order's reference.
const (
	paid    = "PAID"    // the callback comes at once
	lost    = "LOST"    // the callback never comes; a query finds the payment
	again   = "AGAIN"   // the first prompt times out with 4005, and the second is paid
	mute    = "MUTE"    // the same, and the callback of the second never comes
	refused = "REFUSED" // the customer cancels
	revoked = "TOKEN"   // the access token of the first push is refused
	flaky   = "FLAKY"   // paid, and the partner's system fails at first
)

const crashScenario = `
rules:
  - when: {reference: "LOST-*"}
    then: {result: 0, after: 1ms, callback: {drop: true}}
  - when: {reference: "AGAIN-*", attempt: 1}
    then: {result: 4005, after: 1ms}
  - when: {reference: "MUTE-*", attempt: 1}
    then: {result: 4005, after: 1ms}
  - when: {reference: "MUTE-*"}
    then: {result: 0, after: 1ms, callback: {drop: true}}
  - when: {reference: "TOKEN-*", attempt: 1}
    then: {reply: {revoke_token: true}}
  - when: {reference: "REFUSED-*"}
    then: {result: 1032, after: 1ms}
  - then: {result: 0, after: 1ms}
`

// crashes at every point on the way of each kind of payment that passes it.
func crashList() []crash {
	order := []string{"order_writing", "order_written"}
	push := []string{"push_calling", "push_answered", "push_writing", "push_written"}
	callback := []string{"callback_came", "callback_writing", "callback_written"}
	webhook := []string{"webhook_sending", "webhook_sent", "webhook_writing", "webhook_written"}
	query := []string{"query_asking", "query_answered", "query_writing", "query_written"}
	renewal := []string{"token_leased", "token_fetched", "token_writing", "token_written"}
	repush := []string{"repush_nearing", "repush_writing", "repush_written"}
	var all []crash
	add := func(route, pass, end string, parts ...[]string) {
		for _, point := range slices.Concat(parts...) {
			all = append(all, crash{route, point + pass, end})
		}
	}
	const ok, no, person = "successful", "failed", "review"
	add(paid, "", ok, order[:1]) // nothing is on record: the client's next copy is the first
	add(paid, "", person, order[1:], push[:1])
	add(paid, "", ok, push[1:], callback, webhook)
	add(lost, "", person, push[1:3]) // M-PESA's name for the prompt is lost, so a query is not possible
	add(lost, "", ok, push[3:], query)
	add(again, "", ok, callback, repush[:2])
	add(again, "", person, repush[2:])
	add(again, ":2", person, push[:1])
	add(again, ":2", ok, push[1:], callback)
	add(mute, ":2", person, push[:3])
	add(mute, ":2", ok, push[3:])
	add(refused, "", no, callback[2:], webhook[1:])
	add(revoked, "", person, renewal) // the push is on record, and may have left
	add(flaky, ":2", ok, webhook)
	return all
}

// speed is what divides the gateway's waits. A payment that only a person can settle
// is given up after half an hour.
func (c crash) speed() string {
	if c.end == "review" {
		return "3000"
	}
	return "100"
}

func TestEveryPointIsCrashedAt(t *testing.T) {
	for _, point := range gwapp.Points() {
		if !slices.ContainsFunc(crashList(), func(c crash) bool { return c.at == point }) {
			t.Errorf("no round kills the gateway at %s", point)
		}
	}
}

// In each round the gateway kills itself between two steps of a payment's way and is
// started again. The client repeats its order with the same key until it has an
// answer, as clients do. Three ledgers that are not the gateway's own must agree in
// the end: the client's, M-PESA's and the partner's.
func TestKillBetweenEveryTwoSteps(t *testing.T) {
	t.Parallel()
	binary := build(t)
	list, stores := crashList(), crashStores()
	if testing.Short() { // the most common way of a payment, on the nearer database
		list, stores = slices.DeleteFunc(list, func(c crash) bool { return c.route != paid }), stores[:1]
	}
	for _, store := range stores {
		t.Run(store.name, func(t *testing.T) {
			t.Parallel()
			if store.together > 0 {
				killTogether(t, binary, store, list)
				return
			}
			flags, database := store.open(t)
			k := newKillings(t, binary, flags)
			for i, c := range list {
				t.Run(c.route+"/"+c.at, func(t *testing.T) { k.round(t, i, c) })
			}
			if k.audit(t, database) == 0 {
				t.Error("no callback was acknowledged")
			}
		})
	}
}

// killTogether runs the rounds side by side, more than the processors are, since they
// wait most of the time.
func killTogether(t *testing.T, binary string, store crashStore, list []crash) {
	t.Helper()
	places := make(chan struct{}, store.together)
	var acknowledged atomic.Int64
	var rounds sync.WaitGroup
	for i, c := range list {
		rounds.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			t.Run(c.route+"/"+c.at, func(t *testing.T) {
				flags, database := store.open(t)
				k := newKillings(t, binary, flags)
				k.round(t, i, c)
				acknowledged.Add(int64(k.audit(t, database)))
			})
		})
	}
	rounds.Wait()
	if acknowledged.Load() == 0 {
		t.Error("no callback was acknowledged")
	}
}

// killings is what stands around the gateways of all rounds, and the partner's
// ledger.
type killings struct {
	sim      *darajatest.Simulator
	callback *httptest.Server
	partner  *httptest.Server
	binary   string
	flags    []string

	mu      sync.Mutex
	gateway *process
	next    chan struct{}            // closed when gateway is another
	acked   map[[32]byte]int         // digests of the callbacks that were acknowledged, and how often
	hooks   map[string][]webhookBody // that the partner accepted, by the path of the URL
	news    chan struct{}            // closed and renewed when hooks grows
	fails   map[string]bool          // paths on which the partner's first answer is a failure
	failed  map[string]bool          // paths on which it was
	stopped context.CancelFunc       // ends callbacks that wait for a gateway
}

// webhookBody is the body of a webhook.
type webhookBody struct {
	ID      int64   `json:"transaction_id"`
	Status  string  `json:"status"`
	Receipt *string `json:"mpesa_receipt"`
	Amount  int64   `json:"amount"`
}

func newKillings(t *testing.T, binary string, flags []string) *killings {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	k := &killings{
		binary: binary, next: make(chan struct{}), acked: make(map[[32]byte]int), hooks: make(map[string][]webhookBody),
		news: make(chan struct{}), fails: make(map[string]bool), failed: make(map[string]bool), stopped: stop,
	}
	k.sim = darajatest.Start(t, darajatest.RealTime(), darajatest.ScenarioSource(crashScenario))
	k.callback = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { k.passOn(ctx, w, r) }))
	k.partner = httptest.NewServer(http.HandlerFunc(k.takeWebhook))
	k.flags = append([]string{
		"--daraja-url", k.sim.URL, "--consumer-key", k.sim.ConsumerKey, "--consumer-secret", k.sim.ConsumerSecret,
		"--shortcode", k.sim.Shortcode, "--passkey", k.sim.Passkey, "--callback-url", k.callback.URL,
	}, flags...)
	t.Cleanup(func() {
		stop()
		k.callback.Close()
		k.partner.Close()
	})
	return k
}

// start starts a gateway, which clients and M-PESA call from now on.
func (k *killings) start(t *testing.T, flags ...string) *process {
	t.Helper()
	p := startProcess(t, k.binary, append(flags, k.flags...)...)
	k.setGateway(p)
	return p
}

// setGateway makes clients and M-PESA call a gateway from now on.
func (k *killings) setGateway(p *process) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.gateway = p
	close(k.next)
	k.next = make(chan struct{})
}

// current is the present gateway, and a channel that is closed when there is another.
func (k *killings) current() (p *process, next <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.gateway, k.next
}

// passOn brings a callback to the gateway, and to the next one until one has
// acknowledged it, so that what M-PESA sent is not lost on the way.
func (k *killings) passOn(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	for {
		gw, next := k.current()
		status, _, err := k.callBack(gw, r.URL.Path, body)
		if err == nil {
			w.WriteHeader(status)
			return
		}
		select {
		case <-next:
		case <-ctx.Done():
			return
		}
	}
}

// callBack posts a callback to a gateway and notes it when it is acknowledged.
func (k *killings) callBack(gw *process, path string, body []byte) (status int, answer string, err error) {
	resp, err := http.Post(gw.url+path, "application/json", bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if resp.StatusCode/100 == 2 {
		k.mu.Lock()
		k.acked[sha256.Sum256(body)]++
		k.mu.Unlock()
	}
	return resp.StatusCode, string(text), err
}

func (k *killings) takeWebhook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	var hook webhookBody
	if err != nil || json.Unmarshal(body, &hook) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fails[r.URL.Path] && !k.failed[r.URL.Path] {
		k.failed[r.URL.Path] = true
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	k.hooks[r.URL.Path] = append(k.hooks[r.URL.Path], hook)
	close(k.news)
	k.news = make(chan struct{})
}

// received is the webhooks of a path so far, and a channel that is closed when more come.
func (k *killings) received(path string) (hooks []webhookBody, news <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.hooks[path]), k.news
}

// round kills the gateway once and checks that its payment ends as it should.
func (k *killings) round(t *testing.T, n int, c crash) {
	t.Helper()
	reference := fmt.Sprintf("%s-%d", c.route, n)
	phone := fmt.Sprintf("2547110%05d", n)
	path := "/" + reference
	k.mu.Lock()
	k.fails[path] = c.route == flaky
	k.mu.Unlock()

	doomed := k.start(t, "--crash-at", c.at, "--speed", c.speed())
	ids := make(chan int64, 1)
	go func() { ids <- k.client(t, reference, phone, k.partner.URL+path) }()
	wait(t, doomed.dead, "the gateway to kill itself")
	if got := doomed.cmd.ProcessState.String(); got != "signal: killed" {
		t.Fatalf("the gateway ended by %s", got)
	}
	gw := k.start(t, "--speed", c.speed())
	defer gw.stop() // what it is about to record would be done again in the next round

	var id int64
	select {
	case id = <-ids:
	case <-time.After(timeout):
		t.Fatal("the client has no answer")
	}
	if id == 0 {
		t.FailNow()
	}
	status := k.settled(t, gw, id)
	k.check(t, c, reference, path, id, status)
	k.delivered(t, gw)
}

// delivered waits until the gateway has no webhook left to send. The partner may have
// taken one from the gateway that was killed, which has not recorded it: the next gateway
// sends it again. Left to the next round, that would kill its gateway before the round's
// own payment comes to the point.
func (k *killings) delivered(t *testing.T, gw *process) {
	t.Helper()
	for end := time.Now().Add(timeout); time.Now().Before(end); <-time.After(20 * time.Millisecond) {
		var list struct {
			Deliveries []struct{ ID int64 }
		}
		getJSON(t, gw.url+"/api/v1/deliveries?state=due", &list)
		if len(list.Deliveries) == 0 {
			return
		}
	}
	t.Error("a webhook is due for ever")
}

// getJSON reads JSON as the partner.
func getJSON(t *testing.T, url string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-API-KEY", localKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s was answered %s, %v", url, resp.Status, err)
	}
}

// client orders until it has a final answer.
func (k *killings) client(t *testing.T, reference, phone, url string) (id int64) {
	t.Helper()
	body := fmt.Sprintf(`{"phone":%q,"amount":10,"reference":%q,"callback_url":%q}`, phone, reference, url)
	for end := time.Now().Add(timeout); time.Now().Before(end); {
		gw, next := k.current()
		status, id, err := postOrder(t.Context(), gw.url, body, reference)
		switch {
		case err != nil: // it is down
			select {
			case <-next:
			case <-t.Context().Done():
				return 0
			}
		case status == http.StatusConflict || status == http.StatusInternalServerError: // as both ask for
			<-time.After(20 * time.Millisecond)
		case id == 0:
			t.Errorf("the order was answered %d", status)
			return 0
		default:
			return id
		}
	}
	return 0
}

func postOrder(ctx context.Context, gateway, body, key string) (status int, id int64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, gateway+"/api/v1/mpesa/stk_push", strings.NewReader(body))
	if err != nil {
		return 0, 0, err
	}
	req.Header.Set("X-API-KEY", localKey)
	req.Header.Set("X-Idempotency-Key", key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer resp.Body.Close()
	var answer struct {
		ID int64 `json:"transaction_id"`
	}
	err = json.NewDecoder(resp.Body).Decode(&answer)
	return resp.StatusCode, answer.ID, err
}

// settled waits until the gateway has nothing more to find out about a payment.
func (k *killings) settled(t *testing.T, gw *process, id int64) (status string) {
	t.Helper()
	for end := time.Now().Add(timeout); time.Now().Before(end); <-time.After(20 * time.Millisecond) {
		var answer struct{ Status string }
		getJSON(t, fmt.Sprintf("%s/api/v1/transactions/%d", gw.url, id), &answer)
		if answer.Status != "pending" {
			return answer.Status
		}
	}
	t.Fatalf("transaction %d is pending for ever", id)
	return ""
}

// check compares what the three parties have of a payment.
func (k *killings) check(t *testing.T, c crash, reference, path string, id int64, status string) {
	t.Helper()
	pushes, moved := k.mpesa(reference)
	most := 1
	if c.route == again || c.route == mute { // M-PESA itself asks for the second, once the first is known to be over
		most = 2
	}
	if pushes > most || len(moved) > 1 {
		t.Errorf("one key made %d pushes and %d payments", pushes, len(moved))
	}
	if status != c.end {
		t.Errorf("the transaction is %s, want %s; %d pushes, %d payments", status, c.end, pushes, len(moved))
	}
	if status == "successful" && len(moved) == 0 || status == "failed" && len(moved) > 0 {
		t.Errorf("the transaction is %s, and the customer made %d payments", status, len(moved))
	}
	if status == "review" { // a person decides
		return
	}
	hooks, news := k.received(path)
	for len(hooks) == 0 {
		select {
		case <-news:
			hooks, news = k.received(path)
		case <-time.After(timeout):
			t.Fatalf("no webhook came for transaction %d, which is %s", id, status)
		}
	}
	for _, hook := range hooks { // twice is right: the first answer may have been lost
		if hook.ID != id || hook.Status != status || hook.Amount != 10 {
			t.Errorf("the webhook of transaction %[2]d is %+[1]v", hook, id)
		}
		if hook.Receipt != nil && *hook.Receipt != moved[0].Receipt {
			t.Errorf("the webhook has receipt %s, M-PESA has %s", *hook.Receipt, moved[0].Receipt)
		}
	}
}

// mpesa is what M-PESA has of an order: pushes that it accepted, and money.
func (k *killings) mpesa(reference string) (pushes int, moved []darajatest.Entry) {
	for _, r := range k.sim.Requests() {
		if r.API == "stkpush" && r.Reference == reference && r.Status == http.StatusOK {
			pushes++
		}
	}
	for _, e := range k.sim.Ledger() {
		if e.AccountReference == reference {
			moved = append(moved, e)
		}
	}
	return pushes, moved
}

// audit checks the raw log from outside: the chain, by the command, and that every
// callback that was acknowledged is in it to the byte. It returns how many were.
func (k *killings) audit(t *testing.T, database string) (acknowledged int) {
	t.Helper()
	verify := exec.CommandContext(t.Context(), k.binary, "gateway", "audit", "verify", "--database", database)
	if out, err := verify.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "ok, ") {
		t.Errorf("audit verify: %v\n%s", err, out)
	}
	log, err := gwapp.OpenAudit(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	digests, err := log.Digests(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kept := make(map[[32]byte]int)
	for _, d := range digests {
		kept[d]++
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for digest, n := range k.acked {
		if kept[digest] < n {
			t.Errorf("callback %x was acknowledged %d times and is %d times in the log", digest, n, kept[digest])
		}
	}
	return len(k.acked)
}

// stop lets a gateway end as Ctrl-C does.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(os.Interrupt)
	<-p.dead
}
