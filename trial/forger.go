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

// Elsewhere is the address of a forger who has none of M-PESA's: it stands in
// X-Forwarded-For, which the gateway must trust. Without that header a callback comes
// from an address of M-PESA.
const Elsewhere = "203.0.113.9"

// Forger posts callbacks that M-PESA did not send. It knows what M-PESA knows, the
// tokens of callback URLs too: the worst case.
type Forger struct {
	Forging
	client *http.Client
	posts  chan forgery
	done   chan struct{}

	mu       sync.Mutex
	closed   bool
	attacks  int      // on pushes
	receipts []string // of payments whose success was acknowledged
	bodies   [][]byte // of those callbacks
}

// forgery is a callback to be posted.
type forgery struct {
	kind, reference, path string
	body                  []byte
	elsewhere             bool // posted from an address that is not M-PESA's
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
	f.kind = g.nextKind()
	switch f.kind {
	case forgedAmount, farAmount:
		f.body = success(r.Prompt, amount+"0", receipt, phone)
	case forgedPhone:
		f.body = success(r.Prompt, amount, receipt, "254799999999")
	case farReceipt:
		f.body = success(r.Prompt, amount, receipt, phone)
	case forgedFailure, farFailure:
		f.body = failure(r.Prompt, "1032")
	case unknownCode:
		f.body = failure(r.Prompt, `"00"`)
	case forgedBoth:
		f.body = failure(r.Prompt, `1032,"ResultCode":1`)
	case stranger:
		f.reference, f.path = "", "/daraja/stk/"+strings.Repeat("0", 31)+"1"
		f.body = success(r.Prompt, amount, receipt, phone)
	case forgedCopy:
		f.body = g.bodies[g.Dice.IntN(len(g.bodies))]
	case forgedReceipt:
		f.body = success(r.Prompt, amount, g.receipts[g.Dice.IntN(len(g.receipts))], phone)
	}
	f.elsewhere = f.kind == farFailure || f.kind == farAmount || f.kind == farReceipt
	g.say(f)
}

// nextKind is what is posted for the next push that is attacked: one kind after the
// other, so that a short run has them all. Kinds that change nothing when they come
// after the result have a second turn. What needs an earlier result comes when there is
// one.
func (g *Forger) nextKind() string {
	kinds := []string{
		farFailure, unknownCode, farReceipt, forgedAmount, forgedPhone, forgedFailure, forgedBoth,
		farFailure, unknownCode, farReceipt, farAmount, stranger, forgedReceipt, forgedCopy,
	}
	if len(g.bodies) == 0 {
		kinds = kinds[:len(kinds)-2]
	}
	g.attacks++
	return kinds[g.attacks%len(kinds)]
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
		f.kind, f.body = lateFailure, failure(cb.CheckoutRequestID, "1032")
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
	if f.elsewhere {
		req.Header.Set("X-Forwarded-For", Elsewhere)
	}
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

// failure is the body of a callback that says that a prompt was not paid. The code is
// JSON.
func failure(prompt, code string) []byte {
	return fmt.Appendf(nil, `{"Body":{"stkCallback":{"MerchantRequestID":"forged","CheckoutRequestID":%q,"ResultCode":%s,`+
		`"ResultDesc":"Request cancelled by user."}}}`, prompt, code)
}
