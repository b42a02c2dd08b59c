package simulator

import (
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// API names a product of Daraja in scenarios and in the journal.
type API string

// The APIs that this simulator answers.
const (
	APIOAuth    API = "oauth"
	APISTKPush  API = "stkpush"
	APISTKQuery API = "stkquery"
	APIUnknown  API = "unknown" // a path that Daraja does not have
)

// Request is what an outcome is chosen by. Fields that an API does not have, or that
// could not be read, are zero. A query has those of the prompt that it asks about.
type Request struct {
	API               API
	Phone             daraja.MSISDN
	Amount            daraja.Money
	Reference         string
	Shortcode         string
	CheckoutRequestID string // a query's
	ConsumerKey       string // whose credentials or token it came with, as far as they are known

	Header map[string][]string // names as net/http writes them
	Body   []byte              // as it came; not to be changed

	Attempt int           // from 1: the how manieth of its kind. Pushes count by phone and reference, queries by CheckoutRequestID, tokens by consumer key
	At      time.Time     // the world's time
	Since   time.Duration // since the scenario was put in charge
	Dice    uint64        // the chance of this request, from the seed: the same whatever else happens in the world
}

// Outcome is what becomes of a request. The zero value is a payment after the
// default think time.
type Outcome struct {
	Rule     int               // which rule decided, for Took; the decider's own
	By       string            // who decided, for a person: "rule 2 of hostile"; "" is nature
	Result   daraja.ResultCode // "" lets nature decide
	Desc     string            // ResultDesc; "" takes the catalogue's
	After    *time.Duration    // from the push to the end of the prompt; nil takes think_time
	Reply    Reply
	Callback CallbackPlan
}

// Page is an answer that does not come from Daraja's own services but from what
// stands before them (reference: transport).
type Page string

// The pages there are.
const (
	PageSpikeArrest Page = "spike_arrest" // 429, Apigee's native fault
	PageWAF403      Page = "waf_403"      // HTML of the firewall
	PageWAF503      Page = "waf_503"      // HTML of the firewall
	PageEmpty400    Page = "empty_400"    // 400 without a body
)

// Damage is what goes wrong with an answer on its way.
type Damage string

// The kinds of damage.
const (
	DamageTruncated Damage = "truncated" // ends before its Content-Length
	DamageMalformed Damage = "malformed" // complete, but no JSON
	DamageReset     Damage = "reset"     // the connection is reset instead of an answer
)

// Reply is what goes wrong with the synchronous answer. The zero value is the right
// answer at once. Error and Page stand in the place of the answer, and the request
// is not carried out unless Accepted. Everything else is done to whatever the
// answer is. Waits pass on the world's clock.
type Reply struct {
	By          string // who decided, for the record
	RequestID   string // of the envelope or page that refuses the request; "" when nothing does
	Error       *daraja.Error
	Page        Page
	Accepted    bool          // the request is carried out in spite of Error or Page
	RevokeToken bool          // the token it came with is invalid from now on, this request included
	Latency     time.Duration // before the first byte
	SlowBody    time.Duration // over which the body is spread
	Damage      Damage

	AfterCallback bool // told only when the callback has been delivered; set by CallbackPlan.BeforeAck
}

// Refuses reports whether the request gets another answer than its own.
func (r Reply) Refuses() bool { return r.Error != nil || r.Page != "" || r.RevokeToken }

// CallbackPlan says how the callback of an outcome is delivered, faults included.
// The zero value sends it once, at once. Waits pass on the world's clock.
type CallbackPlan struct {
	Delay  time.Duration // after the prompt has ended
	Copies int           // how often it is sent; 0 takes callback_copies
	Gap    time.Duration // between two copies
	Drop   bool          // never sent; the query knows the result all the same

	BeforeAck bool // sent before the push is acknowledged; the prompt ends at once
	Reorder   int  // held until this many later callbacks of the world are ready too, then the latest is sent first; at most 30 s

	ReuseReceipt bool          // carries the receipt of the payment before this one
	Amount       *daraja.Money // another amount than was paid
	Phone        daraja.MSISDN // another phone than paid; "" is the right one
	UnknownID    bool          // a CheckoutRequestID that was never given out
	Malformed    bool          // the body is no JSON

	Reset    bool          // the connection is reset before the body is complete
	SlowBody time.Duration // over which the body is spread
}

// Decider chooses outcomes. It is called under the world's lock.
type Decider interface {
	// Decide finds what r meets, once for each request in order of arrival, and
	// false when it has no opinion. It may count arrivals but uses nothing up.
	Decide(r Request) (Outcome, bool)
	// Took tells that what Decide gave for r came about.
	Took(r Request, o Outcome)
	// Fork returns a copy that goes its own way from here, for snapshots.
	Fork() Decider
}

// Setup is what a scenario makes of a world.
type Setup struct {
	Seed          *int64 // of identifiers, chances and customers from now on; nil keeps
	Settings      map[string]string
	Customers     []CustomerSetup
	Organisations []OrganisationSetup
	Decider       Decider // may be nil
}

// CustomerSetup overrides what a customer would have from the seed.
type CustomerSetup struct {
	Phone   daraja.MSISDN
	Name    string        // "" keeps the seed's
	PIN     string        // "" keeps the seed's
	Balance *daraja.Money // nil keeps the seed's
	Off     bool          // the phone is switched off
}

// OrganisationSetup adds an organisation, or changes the one that has the shortcode.
type OrganisationSetup struct {
	Organisation               // Name and Passkey "" keep, or take the sandbox's
	Balance      *daraja.Money // nil keeps
}
