package billmanager

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// state is the billers by their app_key, and their invoices.
type state struct {
	billers  map[string]biller
	invoices map[invoiceID]invoice
	sent     uint64 // invoices so far
}

// biller is an organisation that has opted in.
type biller struct {
	key, shortcode, url  string
	email, contact, logo string
	reminders            string
}

func newState() simulator.State {
	return &state{billers: make(map[string]biller), invoices: make(map[invoiceID]invoice)}
}

// Clone implements simulator.State.
func (s *state) Clone() simulator.State {
	return &state{maps.Clone(s.billers), maps.Clone(s.invoices), s.sent}
}

func stateOf(l *simulator.Locked) *state {
	s, _ := l.StateOf(name).(*state)
	return s
}

// billerOf is the biller with a shortcode.
func (s *state) billerOf(shortcode string) (biller, bool) {
	for _, b := range s.billers {
		if b.shortcode == shortcode {
			return b, true
		}
	}
	return biller{}, false
}

func optInFields() []simulator.Field {
	return []simulator.Field{
		{Name: "shortcode", Also: []string{"ShortCode"}, Key: simulator.ShortcodeKey, Check: simulator.Required, Doc: "The biller's paybill, or a till's store number."},
		{Name: "email", Check: simulator.Required, Doc: "The biller's address."},
		{Name: "officialContact", Check: simulator.Required, Doc: "The biller's phone number."},
		{Name: "sendReminders", Check: simulator.Required, Doc: "1 for reminders to customers, which are not simulated."},
		{Name: "logo", Doc: "A picture."},
		{Name: "callbackurl", URL: true, Doc: "Gets the payments of invoices."},
	}
}

// detailsOf is a biller as a call describes it.
func detailsOf(x *simulator.Exchange) biller {
	return biller{
		shortcode: x.Shortcode, url: x.Text("callbackurl"), email: x.Text("email"), contact: x.Text("officialContact"),
		logo: x.Text("logo"), reminders: x.Text("sendReminders"),
	}
}

// optIn registers a biller (reference: Bill Manager). A public client sends a text where the
// shortcode is, and is answered; no payment will be for it.
func optIn(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	s, b := stateOf(l), detailsOf(x)
	if _, known := l.Organisation(b.shortcode); !known && simulator.Shortcode("shortcode", daraja.Text(b.shortcode)) == "" {
		return nil, daraja.ErrBillConflict(daraja.BillWrongKey).Because("no organisation here has shortcode %s", b.shortcode)
	}
	if _, again := s.billerOf(b.shortcode); again {
		return nil, daraja.ErrBillConflict(daraja.BillRegistered).Because("%.40s has opted in already; change-optin-details changes its details", b.shortcode)
	}
	b.key = newKey(l.RequestID(x))
	s.billers[b.key] = b
	a := daraja.NewBillManagerAnswer("")
	a.AppKey = b.key
	return a, nil
}

// newKey is an app_key: AG_2376487236_126732989KJ.
func newKey(id string) string {
	sum := sha256.Sum256([]byte(id))
	first, second := binary.BigEndian.Uint64(sum[:8])%1e10, binary.BigEndian.Uint64(sum[8:16])%1e9
	return fmt.Sprintf("AG_%010d_%09d%c%c", first, second, 'A'+sum[16]%26, 'A'+sum[17]%26)
}

// changeOptIn changes the details of a biller.
func changeOptIn(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	before, err := caller(l, x)
	if err != nil {
		return nil, err
	}
	b := detailsOf(x)
	if b.shortcode != before.shortcode {
		return nil, daraja.ErrBillConflict(daraja.BillWrongKey).Because("the app_key is of shortcode %s, not of %.40s", before.shortcode, b.shortcode)
	}
	b.key = before.key
	stateOf(l).billers[b.key] = b
	return daraja.NewBillManagerAnswer(""), nil
}

// caller is the biller whose app_key a call has in its header.
func caller(l *simulator.Locked, x *simulator.Exchange) (biller, error) {
	keys := slices.Concat(x.Call.Header["App_key"], x.Call.Header["Appkey"]) // app_key and appKey, as net/http writes them
	if len(keys) == 0 {
		return biller{}, daraja.ErrBillConflict(daraja.BillWrongKey).Because("the header app_key is missing; optin gives its value")
	}
	b, known := stateOf(l).billers[keys[0]]
	if !known {
		return biller{}, daraja.ErrBillConflict(daraja.BillWrongKey).Because("no biller has the app_key in the header; optin gives one")
	}
	return b, nil
}
