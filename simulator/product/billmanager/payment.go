package billmanager

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// The jobs of a payment.
const (
	jobPush   = "push"
	jobPushed = "pushed"
)

// maxReceipts bounds the payments of an invoice that are remembered for their reversal.
const maxReceipts = 100

const (
	tries    = 5                // to notify a biller
	patience = 10 * time.Second // for its answer; how long Safaricom waits is not known
)

// payment is one that its biller is notified of. It does not change.
type payment struct {
	simulator.Transfer
	body string // a BillPayment
	try  int    // from 1
}

// bookPayment books a customer's payment on the account of an invoice, whatever product made
// it, and notifies the biller.
func bookPayment(l *simulator.Locked, t simulator.Transaction) {
	s := stateOf(l)
	if t.Reverses != "" {
		s.unbook(t)
		return
	}
	if len(s.invoices) == 0 || !t.ByCustomer() {
		return
	}
	bill, known := s.invoiceFor(t.Shortcode(), t.Reference)
	if !known {
		return
	}
	bill.paid += t.Amount
	bill.receipts = slices.Concat(bill.receipts[max(0, len(bill.receipts)+1-maxReceipts):], []string{t.Receipt})
	s.invoices[bill.invoiceID] = bill
	body, err := daraja.Marshal(daraja.BillPayment{
		TransactionID: t.Receipt, PaidAmount: shillings(t.Amount), MSISDN: t.Phone().Digits(),
		DateCreated: t.At.In(daraja.EAT()).Format(time.DateOnly), AccountReference: t.Reference, ShortCode: t.Shortcode(),
	})
	if err != nil {
		return // strings always encode
	}
	l.Schedule(name, jobPush, t.Receipt, 0, payment{Transfer: t.Transfer, body: string(body), try: 1})
}

// unbook takes a payment that is reversed from its invoice.
func (s *state) unbook(t simulator.Transaction) {
	for _, id := range s.accounts[accountID{t.Shortcode(), t.Reference}] {
		if bill := s.invoices[id]; slices.Contains(bill.receipts, t.Reverses) {
			bill.paid -= t.Amount
			s.invoices[id] = bill
			return
		}
	}
}

// shillings prints an amount without decimals where it has none, as the invoices do.
func shillings(m daraja.Money) string {
	if m.Whole() {
		return fmt.Sprint(m.Shillings())
	}
	return m.String()
}

// invoiceFor is the invoice that a payment on an account is for: the oldest that is not paid in
// full, or else the latest.
func (s *state) invoiceFor(shortcode, account string) (invoice, bool) {
	var latest invoice
	for _, id := range s.accounts[accountID{shortcode, account}] {
		one := s.invoices[id]
		if one.cancelled {
			continue
		}
		if latest = one; one.paid < one.amount {
			break
		}
	}
	return latest, latest.number > 0
}

// invoicesOf lists the invoices of a biller, the oldest first.
func (s *state) invoicesOf(shortcode string) []invoice {
	var all []invoice
	for one := range maps.Values(s.invoices) {
		if one.shortcode == shortcode {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b invoice) int { return cmp.Compare(a.number, b.number) })
	return all
}

// push notifies the biller of a payment.
func push(l *simulator.Locked, due simulator.Due) {
	p, _ := due.Data.(payment)
	b, known := stateOf(l).billerOf(p.Shortcode())
	if !known {
		return
	}
	l.Ask(simulator.Callback{
		API: APIInvoice, ID: fmt.Sprintf("%s-invoice-%d", p.Receipt, p.try), Payment: p.ID, URL: b.url, Shortcode: p.Shortcode(),
		Phone: p.Phone(), Reference: p.Reference, Body: []byte(p.body), Reason: fmt.Sprintf("try %d of %d", p.try, tries),
	}, name, jobPushed, patience, p)
}

// pushed tries again when the biller has not answered with rescode 200.
func pushed(l *simulator.Locked, due simulator.Due) {
	p, _ := due.Data.(payment)
	var reply daraja.BillReply
	if a := due.Answer; a != nil && a.Status/100 == 2 && json.Unmarshal(a.Body, &reply) == nil && reply.Code == daraja.BillManagerSuccess {
		return
	}
	if p.try++; p.try <= tries {
		l.Schedule(name, jobPush, p.Receipt, l.Duration(SettingRetry), p)
	}
}

func reconciliationFields() []simulator.Field {
	return []simulator.Field{
		{Name: "paymentDate", Check: dueDate, Doc: "2021-10-01."},
		{Name: "paidAmount", Key: simulator.AmountKey, Check: amount, Doc: "In shillings."},
		{Name: "accountReference", Key: simulator.ReferenceKey, Check: simulator.Required, Doc: "The account that was paid for."},
		{Name: "transactionId", Check: simulator.Required, Doc: "The receipt of the payment."},
		{Name: "phoneNumber", Key: simulator.PhoneKey, Check: phone, Doc: "The customer's number, 07… or 2547…"},
		{Name: "fullName", Check: simulator.Required, Doc: "The customer's name."},
		{Name: "invoiceName", Check: simulator.Required, Doc: "What the invoice is for."},
		{Name: "externalReference", Check: simulator.Required, Doc: "The biller's number of the invoice."},
	}
}

// reconcile takes the biller's word that it has booked a payment. The customer gets a receipt.
func reconcile(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	b, err := caller(l, x)
	if err != nil {
		return nil, err
	}
	id := invoiceID{b.shortcode, x.Text("externalReference")}
	bill, known := stateOf(l).invoices[id]
	if !known {
		return nil, daraja.ErrBillConflict("Invoice not found").Because("the biller has no invoice %.40q", id.external)
	}
	customer, _ := daraja.NormaliseMSISDN(x.Text("phoneNumber")) // it was checked
	l.SendSMS(customer, "", fmt.Sprintf("%s: receipt %.20s of %s for %s, account %.40s.",
		b.shortcode, x.Text("transactionId"), x.Amount.Grouped(), bill.name, bill.account))
	return daraja.NewBillManagerAnswer(""), nil
}

// invoiceView is an invoice as the action shows it.
type invoiceView struct {
	External  string `json:"externalReference"`
	Account   string `json:"accountReference"`
	Customer  string `json:"billedPhoneNumber"`
	Name      string `json:"invoiceName"`
	Amount    string `json:"amount"`
	Paid      string `json:"paid"`
	Cancelled bool   `json:"cancelled"`
}

// invoicesAction shows a biller's invoices.
func invoicesAction() simulator.Action {
	return simulator.Action{
		Name: "invoices", Doc: "lists the invoices of a biller and what is paid of them",
		Fields: []simulator.Field{{Name: "shortcode", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "The biller."}},
		Run: func(l *simulator.Locked, v simulator.Values) (any, error) {
			if _, known := stateOf(l).billerOf(string(v["shortcode"])); !known {
				return nil, errors.New("no biller has this shortcode; optin registers one")
			}
			views := []invoiceView{}
			for _, one := range stateOf(l).invoicesOf(string(v["shortcode"])) {
				views = append(views, invoiceView{
					one.external, one.account, one.customer.Masked(), one.name, shillings(one.amount), shillings(one.paid), one.cancelled,
				})
			}
			return views, nil
		},
	}
}
