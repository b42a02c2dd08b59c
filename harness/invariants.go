package harness

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	controlclient "github.com/darajabox/darajabox/simulator/control/client"
)

// Evidence is what the three parties have of some orders.
type Evidence struct {
	Payments []Payment
	Webhooks []Webhook                   // all that the partner received, oldest first
	Ledger   []controlclient.LedgerEntry // all that M-PESA moved
}

// Payment is an order and its payment.
type Payment struct {
	ID      int64
	Phone   string
	Amount  int64  // KES
	Path    string // where its webhook belongs
	Status  string // as the gateway shows it
	Reviews bool   // its partner gets webhooks of reviews, too
	Refused bool   // by M-PESA, as the answer to the order said
	Down    bool   // the partner's system is, so that webhooks need not arrive

	Prompts  int // that M-PESA made for it
	Timeouts int // of those, how many ended in 4005, after which another is right
}

// pushLost is how long the gateway waits for the answer to a push before it counts it as
// lost. A later refusal is sent by webhook, too: the partner's call may have ended.
const pushLost = time.Minute

// review is the status of a payment that waits for a person.
const review = "review"

// violations are texts of what must never be.
type violations []string

func (v *violations) add(format string, args ...any) { *v = append(*v, fmt.Sprintf(format, args...)) }

// Violations lists what must never be, whatever the features do: a webhook that no order
// explains, a lost or repeated one, a credit without money of its own, a prompt too many.
func Violations(r Evidence) []string {
	return slices.Concat(wrongWebhooks(r), repeatedWebhooks(r), wrongCredits(r), Lost(r), tooManyPrompts(r))
}

// wrongWebhooks are those that no order explains, and those that contradict the order.
func wrongWebhooks(r Evidence) (v violations) {
	for _, hook := range r.Webhooks {
		if err := hook.check(); err != nil {
			v.add("%v", err)
			continue
		}
		c := hook.Content()
		i := slices.IndexFunc(r.Payments, func(p Payment) bool { return p.ID == c.TransactionID })
		if i < 0 {
			v.add("webhook %d is about transaction %d, which was not ordered", hook.Seq, c.TransactionID)
			continue
		}
		p := r.Payments[i]
		switch {
		case p.Path != hook.Path:
			v.add("webhook %d of transaction %d went to %s, not to %s", hook.Seq, p.ID, hook.Path, p.Path)
		case p.Refused:
			v.add("webhook %d is about transaction %d, which the answer to the order refused", hook.Seq, p.ID)
		case c.Amount != p.Amount || c.Phone != p.Phone:
			v.add("webhook %d of transaction %d says KES %d from another phone or of another amount", hook.Seq, p.ID, c.Amount)
		case c.Status == review && !p.Reviews:
			v.add("webhook %d says that transaction %d needs a review; its partner did not ask for such webhooks", hook.Seq, p.ID)
		case c.Status != "successful" && c.Status != "failed" && c.Status != review:
			v.add("webhook %d of transaction %d says %q", hook.Seq, p.ID, c.Status)
		}
	}
	return v
}

// check compares the fields of a webhook with what the API promises.
func (w Webhook) check() error {
	want := []string{
		"transaction_id", "merchant_request_id", "checkout_request_id", "result_code", "result_desc",
		"amount", "mpesa_receipt", "transaction_date", "phone", "status",
	}
	if w.Content().Status == review {
		want = append(want, "review_reason")
	}
	keys, err := w.Keys()
	if err != nil {
		return err
	}
	if !slices.Equal(keys, want) {
		return fmt.Errorf("webhook %d has the fields %s", w.Seq, strings.Join(keys, ", "))
	}
	if err := json.Unmarshal(w.Body, new(Content)); err != nil {
		return fmt.Errorf("webhook %d has a field of another type: %w", w.Seq, err)
	}
	return nil
}

// repeatedWebhooks are those that came after one was delivered, but for a success that
// follows a failure, and those whose body differs from an earlier one's.
func repeatedWebhooks(r Evidence) (v violations) {
	type result struct {
		id     int64
		status string
	}
	delivered := make(map[int64]string) // status
	bodies := make(map[result][]byte)
	for _, hook := range r.Webhooks {
		c := hook.Content()
		key := result{c.TransactionID, c.Status}
		if before, ok := bodies[key]; ok && !bytes.Equal(before, hook.Body) {
			v.add("transaction %d is %s in two webhooks that differ: %s and %s", c.TransactionID, c.Status, before, hook.Body)
		}
		bodies[key] = hook.Body
		if before := delivered[c.TransactionID]; before == "successful" || before != "" && before == c.Status {
			v.add("webhook %d says %s of transaction %d again, after %s was delivered", hook.Seq, c.Status, c.TransactionID, before)
		}
		if hook.Delivered() {
			delivered[c.TransactionID] = c.Status
		}
	}
	return v
}

// wrongCredits are webhooks of success without money of their own.
func wrongCredits(r Evidence) (v violations) {
	owner := make(map[int]int64) // of an entry of the ledger
	seen := make(map[int64]bool)
	for _, hook := range r.Webhooks {
		c := hook.Content()
		if c.Status != "successful" || seen[c.TransactionID] {
			continue
		}
		seen[c.TransactionID] = true
		i := slices.IndexFunc(r.Ledger, func(e controlclient.LedgerEntry) bool {
			if c.Receipt != nil {
				return e.Receipt == *c.Receipt
			}
			return e.CheckoutRequestID == c.PromptID
		})
		switch {
		case i < 0:
			v.add("transaction %d was credited, and M-PESA's ledger has nothing for it", c.TransactionID)
		case r.Ledger[i].AmountCents != c.Amount*100 || r.Ledger[i].Phone != c.Phone:
			v.add("transaction %d was credited with KES %d; M-PESA moved %d cents, or from another phone", c.TransactionID, c.Amount, r.Ledger[i].AmountCents)
		case owner[i] != 0:
			v.add("receipt %s was credited twice: to transactions %d and %d", r.Ledger[i].Receipt, owner[i], c.TransactionID)
		default:
			owner[i] = c.TransactionID
		}
	}
	return v
}

// Lost lists settled payments whose webhook was not delivered.
func Lost(r Evidence) []string {
	var v violations
	for _, p := range r.Payments {
		delivered := slices.ContainsFunc(r.Webhooks, func(hook Webhook) bool {
			c := hook.Content()
			return hook.Delivered() && c.TransactionID == p.ID && c.Status == p.Status
		})
		if !delivered && !p.Refused && !p.Down && (p.Status == "successful" || p.Status == "failed") {
			v.add("transaction %d is %s, and no webhook that says so was delivered", p.ID, p.Status)
		}
	}
	return v
}

func tooManyPrompts(r Evidence) (v violations) {
	const most = 3
	for _, p := range r.Payments {
		if p.Prompts > min(1+p.Timeouts, most) {
			v.add("transaction %d made %d prompts, %d of which timed out", p.ID, p.Prompts, p.Timeouts)
		}
	}
	return v
}
