package loadtest

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
	"github.com/darajabox/darajabox/simulator/control/client"
)

// ForeignAddress is the address of a forger who has none of M-PESA's: it stands in
// X-Forwarded-For, which the gateway must trust. Without that header a callback comes
// from an address of M-PESA.
const ForeignAddress = "203.0.113.9"

// Forger posts callbacks that M-PESA did not send. It knows what M-PESA knows, the
// tokens of callback URLs too: the worst case.
type Forger struct {
	Gateway string // base URL that callbacks go to
	OneIn   int    // one push in so many is attacked
	History *History
	Random  *rand.Rand

	posting sync.WaitGroup

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
	foreign               bool // posted from an address that is not M-PESA's
}

// Close ends the forger and waits for the answers to what it has posted.
func (f *Forger) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.posting.Wait()
}

// Read takes a line of the simulator's journal, and may post because of it. It does
// not block.
func (f *Forger) Read(line []byte) {
	var r client.Record
	if json.Unmarshal(line, &r) != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
	case isPush(r) && f.Random.IntN(f.OneIn) == 0:
		f.attackPush(r)
	case r.Kind == "callback" && r.Status/100 == 2 && r.Error == "" && len(r.Faults) == 0:
		f.attackResult(r)
	}
}

// attackPush posts a result before M-PESA does.
func (f *Forger) attackPush(r client.Record) {
	var push struct {
		Phone    daraja.Text `json:"PhoneNumber"`
		Amount   daraja.Text `json:"Amount"`
		Callback string      `json:"CallBackURL"`
	}
	if json.Unmarshal(r.Request, &push) != nil {
		return
	}
	u, err := url.Parse(push.Callback)
	if err != nil {
		return
	}
	p := forgery{kind: f.nextKind(), reference: r.Reference, path: u.Path}
	amount, phone, receipt := string(push.Amount), string(push.Phone), fmt.Sprintf("FORG%06d", f.Random.IntN(1_000_000))
	switch p.kind {
	case forgedAmount, foreignAmount:
		amount += "0"
	case forgedPhone:
		phone = "254799999999"
	case forgedReceipt:
		receipt = f.receipts[f.Random.IntN(len(f.receipts))]
	case unknownToken:
		p.reference, p.path = "", "/daraja/stk/"+strings.Repeat("0", 31)+"1"
	}
	switch p.kind {
	case forgedFailure, foreignFailure:
		p.body = failure(r.Payment, "1032")
	case unknownCode:
		p.body = failure(r.Payment, `"00"`)
	case forgedBoth:
		p.body = failure(r.Payment, `1032,"ResultCode":1`)
	case forgedCopy:
		p.body = f.bodies[f.Random.IntN(len(f.bodies))]
	default:
		p.body = success(r.Payment, amount, receipt, phone)
	}
	p.foreign = p.kind == foreignFailure || p.kind == foreignAmount || p.kind == foreignReceipt
	f.post(p)
}

// nextKind is what is posted for the next push that is attacked: one kind after the
// other, so that a short run has them all. Kinds that change nothing when they come
// after the result are listed twice. The last two need an earlier result.
func (f *Forger) nextKind() string {
	kinds := []string{
		foreignFailure, unknownCode, foreignReceipt, forgedAmount, forgedPhone, forgedFailure, forgedBoth,
		foreignFailure, unknownCode, foreignReceipt, foreignAmount, unknownToken, forgedReceipt, forgedCopy,
	}
	if len(f.bodies) == 0 {
		kinds = kinds[:len(kinds)-2]
	}
	f.attacks++
	return kinds[f.attacks%len(kinds)]
}

// attackResult contradicts or repeats a success that the gateway has acknowledged.
func (f *Forger) attackResult(r client.Record) {
	body := bodyOf(r)
	callback, err := daraja.DecodeSTKCallback(body)
	u, urlErr := url.Parse(r.URL)
	if err != nil || urlErr != nil || callback.Payment == nil {
		return
	}
	f.receipts, f.bodies = append(f.receipts, callback.Payment.Receipt), append(f.bodies, body)
	switch f.Random.IntN(2 * f.OneIn) {
	case 0:
		f.post(forgery{kind: lateFailure, reference: r.Reference, path: u.Path, body: failure(callback.CheckoutRequestID, "1032")})
	case 1:
		for range 1 + f.Random.IntN(5) {
			f.post(forgery{kind: repetition, reference: r.Reference, path: u.Path, body: body})
		}
	}
}

func (f *Forger) post(p forgery) { f.posting.Go(func() { f.send(p) }) }

// send posts a callback and records the answer.
func (f *Forger) send(p forgery) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.Gateway+p.path, bytes.NewReader(p.body))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", "application/json")
	if p.foreign {
		req.Header.Set("X-Forwarded-For", ForeignAddress)
	}
	e := Event{Actor: Forgery, Kind: CallbackSent, Reference: p.reference, Detail: p.kind, Digest: Digest(p.body)}
	if res, err := new(http.Client).Do(req); err == nil {
		if _, err = io.Copy(io.Discard, io.LimitReader(res.Body, maxWebhook)); err == nil {
			e.HTTP = res.StatusCode
		}
		_ = res.Body.Close()
	}
	f.History.Add(e) // even without an answer: it may have come
}

// success is the body of a callback for a paid prompt.
func success(prompt, amount, receipt, phone string) []byte {
	return fmt.Appendf(nil, `{"Body":{"stkCallback":{"MerchantRequestID":"forged","CheckoutRequestID":%q,"ResultCode":0,`+
		`"ResultDesc":"The service request is processed successfully.","CallbackMetadata":{"Item":[{"Name":"Amount","Value":%s},`+
		`{"Name":"MpesaReceiptNumber","Value":%q},{"Name":"TransactionDate","Value":20261124120000},{"Name":"PhoneNumber","Value":%s}]}}}}`,
		prompt, amount, receipt, phone)
}

// failure is the body of a callback for a prompt that was not paid. The code is JSON.
func failure(prompt, code string) []byte {
	return fmt.Appendf(nil, `{"Body":{"stkCallback":{"MerchantRequestID":"forged","CheckoutRequestID":%q,"ResultCode":%s,`+
		`"ResultDesc":"Request cancelled by user."}}}`, prompt, code)
}
