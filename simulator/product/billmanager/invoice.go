package billmanager

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// maxInvoices is how many a call may have.
const maxInvoices = 1_000

// invoiceID names an invoice: its number is that of its biller.
type invoiceID struct{ shortcode, external string }

// accountID names an account: it is that of its biller.
type accountID struct{ shortcode, account string }

// invoice is one that was sent. It does not change: another takes its place.
type invoice struct {
	invoiceID
	number    uint64 // counts a world's invoices from 1
	account   string // accountReference
	customer  daraja.MSISDN
	name      string // invoiceName
	amount    daraja.Money
	paid      daraja.Money
	receipts  []string // of the latest maxReceipts payments
	cancelled bool
}

func invoiceFields() []simulator.Field {
	return []simulator.Field{
		{Name: "externalReference", Check: text, Doc: "The biller's number of the invoice."},
		{Name: "billedFullName", Check: simulator.Required, Doc: "The customer's name."},
		{Name: "billedPhoneNumber", Key: simulator.PhoneKey, Check: phone, Doc: "The customer's number, 07… or 2547…"},
		{Name: "billedPeriod", Check: simulator.Required, Doc: "Such as August 2021."},
		{Name: "invoiceName", Check: text, Doc: "What the invoice is for."},
		{Name: "dueDate", Check: dueDate, Doc: "2021-10-12, or with a time: 2021-09-15 00:00:00.00."},
		{Name: "accountReference", Key: simulator.ReferenceKey, Check: text, Doc: "The account that the customer pays for."},
		{Name: "amount", Key: simulator.AmountKey, Check: amount, Doc: "In shillings."},
		{Name: "invoiceItems", Check: items, Doc: "A list of objects with itemName and amount."},
	}
}

func phone(name string, v daraja.Text) string {
	if _, err := daraja.NormaliseMSISDN(string(v)); err != nil {
		return fmt.Sprintf("%s must be a phone number such as 07XXXXXXXX, it has %d characters", name, len(v))
	}
	return ""
}

func dueDate(name string, v daraja.Text) string {
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04:05", "2006-01-02 15:04:05.00"} {
		if _, err := time.Parse(layout, string(v)); err == nil {
			return ""
		}
	}
	return fmt.Sprintf("%s is %.40q, it must be as 2021-10-12 or 2021-09-15 00:00:00.00", name, string(v))
}

func amount(name string, v daraja.Text) string {
	if m, err := daraja.ParseMoney(string(v)); err != nil || m <= 0 {
		return fmt.Sprintf("%s is %.40q, it must be a number of shillings above 0", name, string(v))
	}
	return ""
}

// items takes a list of objects, or nothing.
func items(name string, v daraja.Text) string {
	var all []struct{ ItemName, Amount daraja.Text }
	if v == "" {
		return ""
	}
	if err := json.Unmarshal([]byte(v), &all); err != nil {
		return name + " must be a list of objects with itemName and amount"
	}
	for i, one := range all {
		if m, err := daraja.ParseMoney(string(one.Amount)); one.ItemName == "" || err != nil || m <= 0 {
			return fmt.Sprintf("item %d of %s needs an itemName and an amount above 0", i+1, name)
		}
	}
	return ""
}

// objects are what a call is about: one, or those of a list.
func objects(x *simulator.Exchange) []simulator.Values {
	if x.Call.List != nil {
		return x.Call.List
	}
	return []simulator.Values{x.Call.Values}
}

// read makes an invoice of its fields, which were checked.
func read(b biller, v simulator.Values) invoice {
	customer, _ := daraja.NormaliseMSISDN(string(v["billedPhoneNumber"]))
	amount, _ := daraja.ParseMoney(string(v["amount"]))
	return invoice{
		invoiceID: invoiceID{b.shortcode, string(v["externalReference"])}, account: string(v["accountReference"]),
		customer: customer, name: string(v["invoiceName"]), amount: amount,
	}
}

// change makes an invoice of an object of a call. was is the invoice of its number, if known.
type change func(b biller, v simulator.Values, was invoice, known bool) (invoice, *daraja.Error)

// each makes the changes of all objects of a call, in their order, or returns the first refusal.
func each(l *simulator.Locked, x *simulator.Exchange, changed change) ([]invoice, error) {
	b, err := caller(l, x)
	if err != nil {
		return nil, err
	}
	all := objects(x)
	if len(all) > maxInvoices {
		return nil, daraja.ErrBillConflict("Too many invoices").Because("a call has at most %d invoices, this one has %d", maxInvoices, len(all))
	}
	var made []invoice
	latest := make(map[invoiceID]invoice)
	for _, v := range all {
		id := invoiceID{b.shortcode, string(v["externalReference"])}
		was, known := latest[id]
		if !known {
			was, known = stateOf(l).invoices[id]
		}
		one, refused := changed(b, v, was, known)
		if refused != nil {
			return nil, refused
		}
		latest[id], made = one, append(made, one)
	}
	return made, nil
}

// sendInvoices sends invoices to their customers, all or none.
func sendInvoices(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	made, err := each(l, x, func(b biller, v simulator.Values, _ invoice, known bool) (invoice, *daraja.Error) {
		if known {
			return invoice{}, daraja.ErrBillConflict("Duplicate externalReference").Because("there is an invoice %.40q already", string(v["externalReference"]))
		}
		return read(b, v), nil
	})
	if err != nil {
		return nil, err
	}
	s := stateOf(l)
	if len(s.invoices)+len(made) > maxKept {
		return nil, daraja.ErrBillConflict("Too many invoices").Because("the simulator keeps %d invoices, and has %d; reset the world first", maxKept, len(s.invoices))
	}
	for _, one := range made {
		s.sent++
		one.number = s.sent
		s.keep(one)
		l.SendSMS(one.customer, "", invoiceSMS(l, one))
	}
	return daraja.NewBillManagerAnswer("Invoice sent successfully"), nil
}

// invoiceSMS is the message to the customer. Its words are the simulator's.
func invoiceSMS(l *simulator.Locked, i invoice) string {
	biller := i.shortcode
	if org, known := l.Organisation(i.shortcode); known {
		biller = org.Name
	}
	return fmt.Sprintf("%s: %s of %s. Pay to %s, account %s.", biller, i.name, i.amount.Grouped(), i.shortcode, i.account)
}

// editInvoices changes invoices that are not paid, all or none.
func editInvoices(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	made, err := each(l, x, func(b biller, v simulator.Values, was invoice, known bool) (invoice, *daraja.Error) {
		if refused := open(v, was, known); refused != nil {
			return invoice{}, refused
		}
		one := read(b, v)
		one.number = was.number
		return one, nil
	})
	if err != nil {
		return nil, err
	}
	for _, one := range made {
		stateOf(l).keep(one)
	}
	return daraja.NewBillManagerAnswer("Invoice updated successfully"), nil
}

// keep puts an invoice in the place of what it was.
func (s *state) keep(one invoice) {
	was, known := s.invoices[one.invoiceID]
	s.invoices[one.invoiceID] = one
	if known && was.account == one.account {
		return
	}
	if known {
		old := was.accountID()
		s.accounts[old] = slices.DeleteFunc(s.accounts[old], func(id invoiceID) bool { return id == one.invoiceID })
		if len(s.accounts[old]) == 0 {
			delete(s.accounts, old)
		}
	}
	all := s.accounts[one.accountID()]
	at, _ := slices.BinarySearchFunc(all, one.number, func(id invoiceID, n uint64) int { return cmp.Compare(s.invoices[id].number, n) })
	s.accounts[one.accountID()] = slices.Insert(all, at, one.invoiceID)
}

func (i invoice) accountID() accountID { return accountID{i.shortcode, i.account} }

// open refuses an invoice that is not there, or that was paid in part.
func open(v simulator.Values, was invoice, known bool) *daraja.Error {
	switch external := string(v["externalReference"]); {
	case !known || was.cancelled:
		return daraja.ErrBillConflict("Invoice not found").Because("the biller has no open invoice %.40q", external)
	case was.paid > 0:
		return daraja.ErrBillConflict(daraja.BillPaid).Because("%s of invoice %.40q is paid", was.paid.Grouped(), external)
	}
	return nil
}

func cancelFields() []simulator.Field {
	return []simulator.Field{{Name: "externalReference", Check: text, Doc: "The biller's number of the invoice."}}
}

// cancelInvoices ends invoices that are not paid, all or none.
func cancelInvoices(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	made, err := each(l, x, func(_ biller, v simulator.Values, was invoice, known bool) (invoice, *daraja.Error) {
		refused := open(v, was, known)
		was.cancelled = true
		return was, refused
	})
	if err != nil {
		return nil, err
	}
	for _, one := range made {
		stateOf(l).keep(one)
	}
	a := daraja.NewBillManagerAnswer("Invoice cancelled successfuly.") //nolint:misspell // Safaricom spells it so
	a.Errors = []any{}
	return a, nil
}
