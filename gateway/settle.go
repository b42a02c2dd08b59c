package gateway

import (
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// result is what M-PESA said of a prompt.
type result struct {
	code daraja.ResultCode
	desc string
	at   time.Time // zero when M-PESA did not say
}

// settle writes the result that ends p.
func (p *Payment) settle(f fact, now time.Time) {
	p.note(f)
	if f.code != "" {
		p.Support = PolicyFor(f.code).Support
	}
	if f.receipt != "" {
		p.Receipt = f.receipt
	}
	if f.refusal != "" { // it stays: it was the answer to the order, whatever comes later
		p.Refusal = f.refusal
		if p.ResultCode == "" {
			p.ResultDesc = f.refusal
		}
	}
	p.TransactedAt = now
	if !f.at.IsZero() {
		p.TransactedAt = f.at.UTC()
	}
}

// note keeps the latest result.
func (p *Payment) note(f fact) {
	if f.code != "" {
		p.ResultCode, p.ResultDesc = f.code, f.desc
	}
}

// maxReason bounds what repeated contradictions may write.
const maxReason = 2000

// flag writes down why a person must look. The facts that stood before stay.
func (p *Payment) flag(what string, f fact) {
	if f.reason != "" {
		what = f.reason
	}
	p.addReason(what)
}

// addReason writes what a person must look at beside what stands there; "" adds
// nothing.
func (p *Payment) addReason(what string) {
	if strings.Contains(p.ReviewReason, what) || len(p.ReviewReason)+len(what) > maxReason {
		return
	}
	if p.ReviewReason != "" {
		p.ReviewReason += "; "
	}
	p.ReviewReason += what
}
