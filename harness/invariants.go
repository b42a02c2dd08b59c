package harness

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Record is what the three parties have of some orders.
type Record struct {
	Payments []Payment
	Webhooks []Webhook // all that the partner took, oldest first
	Ledger   []Money   // all that M-PESA moved
}

// Payment is an order and what became of it.
type Payment struct {
	ID      int64
	Phone   string
	Amount  int64  // KES
	Path    string // where its webhook belongs
	Status  string // as the gateway shows it
	Reviews bool   // its partner is told of reviews, too
	Refused bool   // by M-PESA, which the partner was told by the answer to its order
	Late    bool   // that answer took as long as pushLost: a webhook may tell of a refusal, too
	Down    bool   // the partner's system is, so that it need not hear

	Prompts  int // that M-PESA made for it
	Timeouts int // of those, how many ended in 4005, after which another is right
}

// Money is an entry of M-PESA's ledger.
type Money struct {
	Receipt  string
	PromptID string
	Phone    string
	Cents    int64
}

// webhookKeys are the keys of a webhook, in their order.
func webhookKeys() []string {
	return []string{
		"transaction_id", "merchant_request_id", "checkout_request_id", "result_code", "result_desc",
		"amount", "mpesa_receipt", "transaction_date", "phone", "status",
	}
}

// review is the status of a payment that waits for a person.
const review = "review"

// Violations lists what must never be, whatever happened: something credited
// twice or without money, a webhook that was not told, lost or told again, one
// that nobody expected, a prompt too many.
func Violations(r Record) []string {
	return slices.Concat(unexpected(r), credits(r), Lost(r), prompts(r))
}

// unexpected are webhooks that no order explains, and those that say something
// else than the order.
func unexpected(r Record) []string {
	var out []string
	for _, hook := range r.Webhooks {
		keys, err := hook.Keys()
		c, contentErr := hook.Content()
		want := webhookKeys()
		if c.Status == review {
			want = append(want, "review_reason")
		}
		if err == nil && !slices.Equal(keys, want) {
			err = fmt.Errorf("webhook %d has the fields %s", hook.Seq, strings.Join(keys, ", "))
		}
		if err == nil {
			err = contentErr
		}
		if err != nil {
			out = append(out, err.Error())
			continue
		}
		i := slices.IndexFunc(r.Payments, func(p Payment) bool { return p.ID == c.TransactionID })
		switch {
		case i < 0:
			out = append(out, fmt.Sprintf("webhook %d is about transaction %d, which nobody ordered", hook.Seq, c.TransactionID))
		case r.Payments[i].Path != hook.Path:
			out = append(out, fmt.Sprintf("webhook %d of transaction %d went to %s, not to %s", hook.Seq, c.TransactionID, hook.Path, r.Payments[i].Path))
		case r.Payments[i].Refused && (!r.Payments[i].Late || c.Status != "failed"):
			out = append(out, fmt.Sprintf("webhook %d is about transaction %d, which the partner was told to be refused", hook.Seq, c.TransactionID))
		case c.Amount != r.Payments[i].Amount || c.Phone != r.Payments[i].Phone:
			out = append(out, fmt.Sprintf("webhook %d of transaction %d says KES %d from another phone or of another amount", hook.Seq, c.TransactionID, c.Amount))
		case c.Status == review && !r.Payments[i].Reviews:
			out = append(out, fmt.Sprintf("webhook %d tells of a review of transaction %d, whose partner did not ask for it", hook.Seq, c.TransactionID))
		case c.Status != "successful" && c.Status != "failed" && c.Status != review:
			out = append(out, fmt.Sprintf("webhook %d of transaction %d says %q", hook.Seq, c.TransactionID, c.Status))
		}
	}
	return append(out, again(r)...)
}

// again are webhooks that came after their partner had heard, but for a success
// that follows a failure.
func again(r Record) []string {
	var out []string
	heard := make(map[int64]string) // status
	said := make(map[string][]byte) // the one content for a transaction and status
	for _, hook := range r.Webhooks {
		c, err := hook.Content()
		if err != nil {
			continue
		}
		key := strconv.FormatInt(c.TransactionID, 10) + c.Status
		if before, ok := said[key]; ok && !bytes.Equal(before, hook.Body) {
			out = append(out, fmt.Sprintf("transaction %d was told to be %s in two ways: %s and %s", c.TransactionID, c.Status, before, hook.Body))
		}
		said[key] = hook.Body
		if before := heard[c.TransactionID]; before == "successful" || before != "" && before == c.Status {
			out = append(out, fmt.Sprintf("webhook %d tells %s of transaction %d again, after %s was heard", hook.Seq, c.Status, c.TransactionID, before))
		}
		if hook.Delivered() {
			heard[c.TransactionID] = c.Status
		}
	}
	return out
}

// credits are payments that were told to be successful without money of their own.
func credits(r Record) []string {
	var out []string
	owner := make(map[int]int64) // of an entry of the ledger
	told := make(map[int64]bool)
	for _, hook := range r.Webhooks {
		c, err := hook.Content()
		if err != nil || c.Status != "successful" || told[c.TransactionID] {
			continue
		}
		told[c.TransactionID] = true
		i := slices.IndexFunc(r.Ledger, func(m Money) bool {
			if c.Receipt != nil {
				return m.Receipt == *c.Receipt
			}
			return m.PromptID == c.PromptID
		})
		switch {
		case i < 0:
			out = append(out, fmt.Sprintf("transaction %d was credited, and M-PESA's ledger has nothing for it", c.TransactionID))
		case r.Ledger[i].Cents != c.Amount*100 || r.Ledger[i].Phone != c.Phone:
			out = append(out, fmt.Sprintf("transaction %d was credited with KES %d; M-PESA moved %d cents, or from another phone", c.TransactionID, c.Amount, r.Ledger[i].Cents))
		case owner[i] != 0:
			out = append(out, fmt.Sprintf("receipt %s was credited twice: to transactions %d and %d", r.Ledger[i].Receipt, owner[i], c.TransactionID))
		default:
			owner[i] = c.TransactionID
		}
	}
	return out
}

// Lost lists settled payments of which the partner has not heard.
func Lost(r Record) []string {
	var out []string
	for _, p := range r.Payments {
		if p.Refused || p.Down || (p.Status != "successful" && p.Status != "failed") {
			continue
		}
		heard := slices.ContainsFunc(r.Webhooks, func(hook Webhook) bool {
			c, err := hook.Content()
			return err == nil && hook.Delivered() && c.TransactionID == p.ID && c.Status == p.Status
		})
		if !heard {
			out = append(out, fmt.Sprintf("transaction %d is %s, and the partner has not heard of it", p.ID, p.Status))
		}
	}
	return out
}

// prompts are payments for which the customer was prompted too often.
func prompts(r Record) []string {
	const most = 3
	var out []string
	for _, p := range r.Payments {
		if p.Prompts > min(1+p.Timeouts, most) {
			out = append(out, fmt.Sprintf("transaction %d made %d prompts, %d of which timed out", p.ID, p.Prompts, p.Timeouts))
		}
	}
	return out
}

// pushLost is how long the gateway waits for the answer to a push before it counts it as
// lost. A refusal that comes later is told by webhook, too: the partner's call may be gone.
const pushLost = time.Minute
