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

// Bounds of what a world keeps.
const (
	maxBillers = 1_000
	maxKept    = 10_000 // invoices
	maxText    = 200    // bytes of a text
	maxURL     = 2_000
)

// state is the billers by their app_key, and their invoices.
type state struct {
	billers  map[string]biller
	keys     map[string]string // app_keys by shortcode
	invoices map[invoiceID]invoice
	accounts map[accountID][]invoiceID // the invoices of each account, the oldest first
	sent     uint64                    // invoices so far
}

// biller is an organisation that has opted in.
type biller struct {
	key, shortcode, url string
}

func newState() simulator.State {
	return &state{
		billers: make(map[string]biller), keys: make(map[string]string),
		invoices: make(map[invoiceID]invoice), accounts: make(map[accountID][]invoiceID),
	}
}

// Clone implements simulator.State.
func (s *state) Clone() simulator.State {
	accounts := make(map[accountID][]invoiceID, len(s.accounts))
	for account, all := range s.accounts {
		accounts[account] = slices.Clone(all)
	}
	return &state{maps.Clone(s.billers), maps.Clone(s.keys), maps.Clone(s.invoices), accounts, s.sent}
}

func stateOf(l *simulator.Locked) *state {
	s, _ := l.StateOf(name).(*state)
	return s
}

// billerOf is the biller with a shortcode.
func (s *state) billerOf(shortcode string) (biller, bool) {
	b, known := s.billers[s.keys[shortcode]]
	return b, known
}

// text takes one that is not empty and not too long.
func text(name string, v daraja.Text) string {
	if len(v) > maxText {
		return fmt.Sprintf("%s has %d bytes; it may have %d", name, len(v), maxText)
	}
	return simulator.Required(name, v)
}

func optInFields() []simulator.Field {
	return []simulator.Field{
		{Name: "shortcode", Also: []string{"ShortCode"}, Key: simulator.ShortcodeKey, Check: text, Doc: "The biller's paybill, or a till's store number."},
		{Name: "email", Check: simulator.Required, Doc: "The biller's address."},
		{Name: "officialContact", Check: simulator.Required, Doc: "The biller's phone number."},
		{Name: "sendReminders", Check: simulator.Required, Doc: "1 for reminders to customers, which are not simulated."},
		{Name: "logo", Doc: "A picture."},
		{Name: "callbackurl", URL: true, Doc: "Gets the payments of invoices."},
	}
}

// detailsOf is a biller as a call describes it, as far as anything depends on it.
func detailsOf(x *simulator.Exchange) biller {
	return biller{shortcode: x.Shortcode, url: x.Text("callbackurl")}
}

// optIn registers a biller (reference: Bill Manager). A public client sends a text where the
// shortcode is, and is answered; no payment will be for it.
func optIn(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	s, b := stateOf(l), detailsOf(x)
	if len(b.url) > maxURL {
		return nil, daraja.ErrBillField("callbackurl").Because("callbackurl has %d bytes; it may have %d", len(b.url), maxURL)
	}
	if _, known := l.Organisation(b.shortcode); !known && simulator.Shortcode("shortcode", daraja.Text(b.shortcode)) == "" {
		return nil, daraja.ErrBillConflict(daraja.BillWrongKey).Because("no organisation here has shortcode %s", b.shortcode)
	}
	if _, again := s.billerOf(b.shortcode); again {
		return nil, daraja.ErrBillConflict(daraja.BillRegistered).Because("%.40s has opted in already; change-optin-details changes its details", b.shortcode)
	}
	if len(s.billers) >= maxBillers {
		return nil, daraja.ErrBillConflict("Too many billers").Because("the simulator keeps %d billers; reset the world first", maxBillers)
	}
	b.key = newKey(l.RequestID(x))
	s.billers[b.key], s.keys[b.shortcode] = b, b.key
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
	if len(b.url) > maxURL {
		return nil, daraja.ErrBillField("callbackurl").Because("callbackurl has %d bytes; it may have %d", len(b.url), maxURL)
	}
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
