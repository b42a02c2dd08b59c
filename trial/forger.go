package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Forging is what a Forger needs.
type Forging struct {
	Gateway string // base URL that callbacks go to
	Target  int    // one push in so many is attacked
	History *History
	Dice    *rand.Rand
}

// Forger posts callbacks that M-PESA did not send. It knows what M-PESA knows, the
// tokens of callback URLs too: the worst case.
type Forger struct {
	Forging
	client *http.Client
	posts  chan forgery
	done   chan struct{}

	mu       sync.Mutex
	closed   bool
	receipts []string // of payments whose success was acknowledged
	bodies   [][]byte // of those callbacks
}

// forgery is a callback to be posted.
type forgery struct {
	kind, reference, path string
	body                  []byte
}

// forgers is how many callbacks are posted at a time.
const forgers = 4

// NewForger starts a forger. Close ends it.
func NewForger(f Forging) *Forger {
	g := &Forger{Forging: f, client: &http.Client{Timeout: 10 * time.Second}, posts: make(chan forgery, 1024), done: make(chan struct{})}
	go func() {
		defer close(g.done)
		var group sync.WaitGroup
		for range forgers {
			group.Go(func() {
				for p := range g.posts {
					g.post(p)
				}
			})
		}
		group.Wait()
	}()
	return g
}

// Close posts what is left and ends the forger.
func (g *Forger) Close() {
	g.mu.Lock()
	if !g.closed {
		g.closed = true
		close(g.posts)
	}
	g.mu.Unlock()
	<-g.done
}

// Hear takes a line of the simulator's journal, and may post because of it. It does
// not block.
func (g *Forger) Hear(line []byte) {
	var r record
	if json.Unmarshal(line, &r) != nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed:
	case r.Kind == "request" && r.API == "stkpush" && r.Prompt != "" && g.Dice.IntN(g.Target) == 0:
		g.attackPush(r)
	case r.Kind == "callback" && r.Status/100 == 2 && r.Error == "" && len(r.Faults) == 0:
		g.attackResult(r)
	}
}

func (g *Forger) say(f forgery) {
	select {
	case g.posts <- f:
	default: // it has fallen behind, and forges less
	}
}

// pushed is what a forger takes of a push.
type pushed struct {
	Phone    daraja.Text `json:"PhoneNumber"`
	Amount   daraja.Text `json:"Amount"`
	Callback string      `json:"CallBackURL"`
}

// attackPush posts a result before M-PESA does.
func (g *Forger) attackPush(r record) {
	var p pushed
	if json.Unmarshal(r.Request, &p) != nil {
		return
	}
	u, err := url.Parse(p.Callback)
	if err != nil {
		return
	}
	f := forgery{reference: r.Reference, path: u.Path}
	amount, phone, receipt := string(p.Amount), string(p.Phone), fmt.Sprintf("FORG%06d", g.Dice.IntN(1_000_000))
	switch g.Dice.IntN(6) {
	case 0:
		f.kind = forgedAmount
		f.body = success(r.Prompt, amount+"0", receipt, phone)
	case 1:
		f.kind = forgedPhone
		f.body = success(r.Prompt, amount, receipt, "254799999999")
	case 2:
		f.kind = forgedFailure
		f.body = failure(r.Prompt)
	case 3:
		f.kind, f.reference, f.path = stranger, "", "/daraja/stk/"+strings.Repeat("0", 31)+"1"
		f.body = success(r.Prompt, amount, receipt, phone)
	case 4:
		if len(g.bodies) == 0 {
			return
		}
		f.kind, f.body = forgedCopy, g.bodies[g.Dice.IntN(len(g.bodies))]
	default:
		if len(g.receipts) == 0 {
			return
		}
		f.kind = forgedReceipt
		f.body = success(r.Prompt, amount, g.receipts[g.Dice.IntN(len(g.receipts))], phone)
	}
	g.say(f)
}

// attackResult contradicts or repeats a success that the gateway has acknowledged.
func (g *Forger) attackResult(r record) {
	body := bodyOf(r.Request)
	cb, err := daraja.DecodeSTKCallback(body)
	u, urlErr := url.Parse(r.URL)
	if err != nil || urlErr != nil || cb.Payment == nil {
		return
	}
	g.receipts, g.bodies = append(g.receipts, cb.Payment.Receipt), append(g.bodies, body)
	f := forgery{reference: r.Reference, path: u.Path}
	switch g.Dice.IntN(2 * g.Target) {
	case 0:
		f.kind, f.body = lateFailure, failure(cb.CheckoutRequestID)
		g.say(f)
	case 1:
		f.kind, f.body = repetition, body
		for range 1 + g.Dice.IntN(5) {
			g.say(f)
		}
	}
}

func (g *Forger) post(f forgery) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, g.Gateway+f.path, bytes.NewReader(f.body))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", "application/json")
	e := Event{Who: Forgery, What: Called, Reference: f.reference, Detail: f.kind, Digest: Digest(f.body)}
	if res, err := g.client.Do(req); err == nil {
		if _, err = io.Copy(io.Discard, io.LimitReader(res.Body, maxWebhook)); err == nil {
			e.HTTP = res.StatusCode
		}
		_ = res.Body.Close()
	}
	g.History.Add(e) // even without an answer: it may have come
}

// success is the body of a callback that says that a prompt was paid.
func success(prompt, amount, receipt, phone string) []byte {
	return fmt.Appendf(nil, `{"Body":{"stkCallback":{"MerchantRequestID":"forged","CheckoutRequestID":%q,"ResultCode":0,`+
		`"ResultDesc":"The service request is processed successfully.","CallbackMetadata":{"Item":[{"Name":"Amount","Value":%s},`+
		`{"Name":"MpesaReceiptNumber","Value":%q},{"Name":"TransactionDate","Value":20261124120000},{"Name":"PhoneNumber","Value":%s}]}}}}`,
		prompt, amount, receipt, phone)
}

// failure is the body of a callback that says that a prompt was cancelled.
func failure(prompt string) []byte {
	return fmt.Appendf(nil, `{"Body":{"stkCallback":{"MerchantRequestID":"forged","CheckoutRequestID":%q,"ResultCode":1032,`+
		`"ResultDesc":"Request cancelled by user."}}}`, prompt)
}
