package simulator

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/darajabox/darajabox/daraja"
)

// Push puts a prompt on a customer's phone (reference: STK push). The error is a
// *daraja.Error; what goes wrong later comes by callback.
func (w *World) Push(c Call, in daraja.STKPush) (daraja.STKPushAck, Reply, error) {
	r := Request{
		API: APISTKPush, Phone: readPhone(in.PhoneNumber), Amount: readAmount(in.Amount),
		Reference: string(in.AccountReference), Shortcode: string(in.BusinessShortCode),
	}
	lane := daraja.NewLane(string(APISTKPush), r.Phone)
	if r.Phone == "" {
		lane = daraja.NewLane(string(APISTKPush), c.Body)
	}
	op := &pushCall{in: in, lane: lane}
	op.push, op.fault = checkPush(in, false)
	return serve(w, c, r, lane, op)
}

// pushCall is the operation of Push.
type pushCall struct {
	withToken
	in   daraja.STKPush
	lane daraja.Lane
	push
	fault    error // the first wrong field
	org      *organisation
	customer *customer
}

func (p *pushCall) check(w *World, _ Outcome) error {
	if w.opt.strict {
		_, p.fault = checkPush(p.in, true)
	}
	if p.fault != nil {
		return p.fault
	}
	var err error
	if p.org, err = w.merchant(p.shortcode, string(p.in.Password), string(p.in.Timestamp)); err != nil {
		return err
	}
	if err := checkKind(p.org.Organisation, p.kind); err != nil {
		return err
	}
	p.customer = w.customer(p.phone)
	if open := p.customer.prompt; open != nil {
		return daraja.ErrLocked().Because("prompt %s is still open on %s", open.checkoutID, p.phone.Masked())
	}
	return nil
}

func (p *pushCall) carry(w *World, o Outcome, reply *Reply, now time.Time) daraja.STKPushAck {
	if number, ok := daraja.MagicResult(p.phone); ok && o.Result == "" {
		o.Result = number // what was decided leaves the result open
	}
	opened := w.open(p, o, now)
	ack := daraja.NewSTKPushAck(opened.merchantID, opened.checkoutID)
	if o.Callback.BeforeAck {
		w.end(opened, now)
		reply.AfterCallback = true
	}
	return ack
}

// merchant finds the organisation of a shortcode and checks its password.
func (w *World) merchant(shortcode, password, timestamp string) (*organisation, error) {
	org := w.orgs[shortcode]
	if org == nil {
		return nil, daraja.ErrNoMerchant().Because("%s", w.unknownShortcode(shortcode))
	}
	if why := daraja.ExplainPassword(password, shortcode, org.Passkey, timestamp); why != "" {
		return nil, daraja.ErrWrongCredentials().Because("%s", why)
	}
	return org, nil
}

// unknownShortcode says why no organisation has a shortcode: most often because it is
// the number of a till.
func (w *World) unknownShortcode(shortcode string) string {
	store := ""
	for code, o := range w.orgs {
		if o.Till == shortcode && (store == "" || code < store) {
			store = code
		}
	}
	if store == "" {
		return fmt.Sprintf("no organisation here has shortcode %s", shortcode)
	}
	return fmt.Sprintf("%s is a till number; BusinessShortCode takes its store number %s", shortcode, store)
}

// checkKind refuses a transaction type that the organisation does not have: a
// paybill's request is called invalid, a till's is not allowed.
func checkKind(org Organisation, kind string) error {
	want := org.transactionType()
	switch {
	case kind == want:
		return nil
	case org.Till == "":
		return daraja.ErrInvalidField("TransactionType").Because("%s is a paybill, so TransactionType must be %s", org.Shortcode, want)
	default:
		return daraja.ErrTypeNotAllowed(kind).Because("%s is a till's store number, so TransactionType must be %s and PartyB %s", org.Shortcode, want, org.Till)
	}
}

// open puts a prompt on a phone and plans its end.
func (w *World) open(p *pushCall, o Outcome, now time.Time) *prompt {
	one := &prompt{
		push: p.push, merchantID: w.ids.RequestID(p.lane, now), checkoutID: w.checkoutID(now, p.phone), openedAt: now,
		by: o.By,
		open: &opened{
			outcome: o, org: p.org.Name,
			tooLong: promptLength(p.push, p.org.Name) > daraja.PromptLimit,
			wrong:   p.partyB != p.org.receiver(),
		},
	}
	if gone, evicted := w.prompts.put(one.checkoutID, one); evicted {
		w.drop(gone)
	}
	p.customer.prompt = one
	w.tell(EventPrompt, one.phone, one.checkoutID)
	wait := w.choose(one, p.customer)
	if !o.Callback.BeforeAck {
		w.arm(one, now, wait)
	}
	return one
}

// checkoutID is one that no prompt has.
func (w *World) checkoutID(now time.Time, m daraja.MSISDN) string {
	for {
		id := w.ids.CheckoutRequestID(now, m, w.opt.tenths)
		if _, taken := w.prompts.get(id); !taken {
			return id
		}
	}
}

// appendPrompt appends what the handset shows.
func appendPrompt(b []byte, p push, org string) []byte {
	b = append(append(b, "Do you want to pay Ksh. "...), p.amount.String()...)
	b = append(append(b, " to "...), org...)
	b = append(append(b, " Account no. "...), p.reference...)
	return append(b, "? Enter M-PESA PIN:"...)
}

func promptLength(p push, org string) int {
	var room [2 * daraja.PromptLimit]byte
	return utf8.RuneCount(appendPrompt(room[:0], p, org))
}
