package app_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// truth is a prompt as M-PESA knows it, and what M-PESA has told the gateway of it.
type truth struct {
	payment   int64
	number    int // of its push
	token, id string
	phone     string
	code      daraja.ResultCode // how it has ended; "" while it is open
	receipt   string

	told4005 bool // by M-PESA itself
	success  bool // a complete success with proof was acknowledged
	open     bool // a claim of money with proof was acknowledged, and no answer to a query has come since
	claimed  bool // a claim of money with proof was acknowledged
	heard    bool // some callback was acknowledged
	dealt    bool // a person has dealt with its success; a copy of it says nothing new
	lied     bool // a query has said that it failed although it is paid
}

// wire is the callback of a prompt with a result.
func (q *truth) wire(code daraja.ResultCode, receipt string) wire {
	return wire{id: fmt.Sprintf("%q", q.id), code: string(code), amount: "150.00", receipt: fmt.Sprintf("%q", receipt), phone: q.phone, bare: code != "0"}
}

// said notes that M-PESA's complete callback was acknowledged.
func (m *randomRun) said(q *truth, code daraja.ResultCode) {
	switch {
	case code == "4005":
		q.told4005 = true
	case q.dealt:
	case code == "0" && m.Confirm == gateway.ConfirmUntrusted:
		q.success = true
	case code == "0":
		m.claims(q)
	}
}

// claims notes that a callback with proof that claims money was acknowledged.
func (m *randomRun) claims(q *truth) {
	if state := m.payment(q.payment).State; state != gateway.Paid && state != gateway.Review {
		q.open = true
	}
	q.claimed = true
}

// resolved notes that a person has dealt with what came for a payment.
func (m *randomRun) resolved(id int64, as gateway.Decision) {
	m.decided[id] = m.decided[id] || as == gateway.DecidePaid
	for _, q := range m.of(id) {
		q.dealt = q.dealt || q.success || q.claimed
		q.open, q.claimed, q.success = false, false, false
	}
}

// Ready implements gateway.Daraja.
func (*randomRun) Ready(string) time.Duration { return 0 }

// Push implements gateway.Daraja.
func (m *randomRun) Push(_ context.Context, o gateway.PushOrder) (gateway.PushAck, error) {
	push := m.pushOf(o.Token)
	m.checkPush(push)
	fate := 9
	if m.calm.IsZero() {
		fate = m.rand.IntN(10)
	}
	m.say("push %d of payment %d", push.Number, push.PaymentID)
	switch fate {
	case 0:
		return gateway.PushAck{}, &gateway.PushError{Message: "System is busy"}
	case 1:
		return gateway.PushAck{}, &gateway.PushError{Ambiguous: true, Message: "lost on its way there"}
	}
	q := &truth{payment: push.PaymentID, number: push.Number, token: o.Token, phone: o.Phone.Digits()}
	q.id = fmt.Sprintf("ws_CO_%d_%d", q.payment, q.number)
	m.prompts = append(m.prompts, q)
	ack := gateway.PushAck{MerchantRequestID: "29115-1-1", CheckoutRequestID: q.id}
	m.meanwhile()
	switch fate {
	case 2:
		return gateway.PushAck{}, &gateway.PushError{Ambiguous: true, Message: "lost on its way back"}
	case 3:
		return gateway.PushAck{}, &gateway.PushError{Ambiguous: true, Message: "cut", Prompt: ack}
	}
	return ack, nil
}

// Query implements gateway.Daraja.
func (m *randomRun) Query(_ context.Context, _, id string) (gateway.QueryAnswer, error) {
	var q *truth
	for _, prompt := range m.prompts {
		if prompt.id == id {
			q = prompt
		}
	}
	if q == nil {
		m.breaks("a query is about %q", id)
		return gateway.QueryAnswer{Pending: true}, nil
	}
	fate, code := 9, q.code // the answer may be older than what happens meanwhile
	if m.calm.IsZero() {
		fate = m.rand.IntN(10)
	}
	m.meanwhile()
	m.say("query about %s, which has ended with %q", id, code)
	switch {
	case m.silent && q.number == 1, fate == 2, fate == 3, code == "":
		return gateway.QueryAnswer{Pending: true}, nil
	case fate == 0:
		return gateway.QueryAnswer{}, errors.New("M-PESA answered 500")
	case fate == 1:
		return gateway.QueryAnswer{}, &gateway.NotNow{Wait: time.Duration(1+m.rand.IntN(20)) * time.Second}
	case fate == 4 && code == "0":
		code, q.lied = oneOf[daraja.ResultCode](m, "1032", "4005", "2029"), true
	}
	q.open = false
	q.told4005 = q.told4005 || code == "4005"
	return gateway.QueryAnswer{ResultCode: code, ResultDesc: "as the query has it"}, nil
}

// checkPush checks that a customer may get a prompt.
func (m *randomRun) checkPush(push gateway.Push) {
	id, n := push.PaymentID, push.Number
	for _, q := range m.of(id) {
		switch {
		case q.success:
			m.breaks("push %d of payment %d after the success of push %d", n, id, q.number)
		case q.open:
			m.breaks("push %d of payment %d while a claim of push %d is not answered", n, id, q.number)
		}
	}
	switch {
	case n == 1:
	case len(m.statuses(id)) > 0:
		m.breaks("push %d of payment %d after a webhook", n, id)
	case !m.calm.IsZero() && m.clock.Now().Sub(m.calm) > 2*time.Hour:
		m.breaks("push %d of payment %d hours after the result that called for it", n, id)
	}
}

// check checks what must hold at any time.
func (m *randomRun) check() {
	owners := map[string]int64{}
	for _, p := range m.payments() {
		if owner := owners[p.Receipt]; p.Receipt != "" && owner != 0 {
			m.breaks("receipt %s is of payments %d and %d", p.Receipt, owner, p.ID)
		}
		owners[p.Receipt] = p.ID
		m.checkTold(p)
		paid := m.decided[p.ID]
		for _, q := range m.of(p.ID) {
			paid = paid || q.code == "0"
			m.checkSuccess(p, q)
		}
		if p.State == gateway.Paid && !paid {
			m.breaks("payment %d is paid, and its customer has not paid", p.ID)
		}
		if strings.HasPrefix(p.Receipt, "LIE") {
			m.breaks("payment %d has the receipt of a forgery, %s", p.ID, p.Receipt)
		}
	}
}

// checkTold checks the webhooks of a payment.
func (m *randomRun) checkTold(p *gateway.Payment) {
	status, told := p.State.Status(), m.statuses(p.ID)
	settled := status == gateway.StatusSuccessful || status == gateway.StatusFailed && p.Refusal == ""
	if settled && (len(told) == 0 || told[len(told)-1] != string(status)) || len(told) > 3 {
		m.breaks("payment %d is %s, and its partner was told %v", p.ID, status, told)
	}
}

// checkSuccess checks that what M-PESA's complete callback says is not lost.
func (m *randomRun) checkSuccess(p *gateway.Payment, q *truth) {
	switch listed := !p.ReviewAt.IsZero(); {
	case !q.success || len(p.ReviewReason) >= 1500: // a reason is cut there
	case p.State != gateway.Paid && !listed:
		m.breaks("payment %d is %s, not listed, after the success of push %d", p.ID, p.State, q.number)
	case p.Receipt != q.receipt && (!listed || !strings.Contains(p.ReviewReason, q.receipt)):
		m.breaks("receipt %s of push %d is neither payment %d's, which is %s, nor listed: %q", q.receipt, q.number, p.ID, p.Receipt, p.ReviewReason)
	}
}

// checkEnds checks what must hold when nothing is due any more.
func (m *randomRun) checkEnds() {
	for _, p := range m.payments() {
		_, resolved := m.decided[p.ID]
		if !p.ReviewAt.IsZero() {
			continue
		}
		if p.State.Status() == gateway.StatusPending {
			m.breaks("payment %d stays %s", p.ID, p.State)
		}
		for _, q := range m.of(p.ID) {
			if q.code == "0" && !resolved {
				m.checkEnd(p, q)
			}
		}
	}
}

// checkEnd checks that money of a payment that no person has to look at is not lost.
func (m *randomRun) checkEnd(p *gateway.Payment, q *truth) {
	asked := q.number == p.Pushes || q.heard
	answers := asked && m.pushOf(q.token).CheckoutRequestID == q.id && !q.lied && !q.told4005 && (!m.silent || q.number != 1)
	switch {
	case p.State != gateway.Paid && q.claimed:
		m.breaks("payment %d is %s, not listed, although push %d claims money with proof", p.ID, p.State, q.number)
	case p.State != gateway.Paid && answers:
		m.breaks("payment %d is %s, not listed, although M-PESA says that push %d is paid", p.ID, p.State, q.number)
	case q.claimed && p.CheckoutRequestID != q.id && p.Receipt != q.receipt:
		m.breaks("payment %d is paid by %s, not listed, although push %d is paid, too", p.ID, p.CheckoutRequestID, q.number)
	}
}

// breaks notes that the gateway has broken a promise.
func (m *randomRun) breaks(format string, args ...any) {
	m.say("broken: "+format, args...)
	if m.broken == "" {
		m.broken = fmt.Sprintf(format, args...)
	}
}

func (m *randomRun) say(format string, args ...any) {
	m.log = append(m.log, m.clock.Now().Format("15:04:05 ")+fmt.Sprintf(format, args...))
}

func (m *randomRun) view(f func(tx gateway.Tx) error) {
	if err := m.Store.View(context.Background(), f); err != nil {
		m.Fatal(err)
	}
}

func (m *randomRun) payment(id int64) (p *gateway.Payment) {
	m.view(func(tx gateway.Tx) (err error) {
		p, err = tx.Payment(id)
		return err
	})
	return p
}

func (m *randomRun) payments() (all []*gateway.Payment) {
	m.view(func(tx gateway.Tx) (err error) {
		all, err = tx.Payments(gateway.PaymentFilter{})
		return err
	})
	return all
}

func (m *randomRun) pushOf(token string) (push gateway.Push) {
	m.view(func(tx gateway.Tx) (err error) {
		push, err = tx.PushByToken(token)
		return err
	})
	return push
}

// of is the prompts of a payment.
func (m *randomRun) of(id int64) (prompts []*truth) {
	for _, q := range m.prompts {
		if q.payment == id {
			prompts = append(prompts, q)
		}
	}
	return prompts
}

// statuses is what the partner of a payment is told; a webhook that a later one replaces is
// left out.
func (m *randomRun) statuses(id int64) (statuses []string) {
	m.view(func(tx gateway.Tx) error {
		deliveries, err := tx.DeliveriesOf(id)
		for _, d := range deliveries {
			if d.State == gateway.DeliveryExhausted {
				continue
			}
			_, rest, _ := strings.Cut(string(d.Body), `"status":"`)
			status, _, _ := strings.Cut(rest, `"`)
			statuses = append(statuses, status)
		}
		return err
	})
	return statuses
}
