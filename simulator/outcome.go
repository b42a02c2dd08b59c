package simulator

import (
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// API names an operation of a product in scenarios, in the journal and in the queue.
type API string

// APIUnknown is a path that Daraja does not have, or that no product here answers.
const APIUnknown API = "unknown"

// Request is what a Decider sees of a call. Fields that an API does not have, or that
// could not be read, are zero. A query has those of the payment that it asks about.
type Request struct {
	API         API
	Phone       daraja.MSISDN
	Amount      daraja.Money
	Reference   string
	Shortcode   string
	Payment     string // id of the payment that a query asks about
	ConsumerKey string // whose credentials or token it came with, as far as they are known

	Header map[string][]string // names as net/http writes them
	Body   []byte              // as it came; not to be changed

	Attempt int           // counts requests of its kind from 1. Queries count by payment, requests for a token by consumer key, all others by phone and reference
	At      time.Time     // the world's time
	Since   time.Duration // since the scenario was applied
	Draw    uint64        // random draw of this request, from the seed: other requests do not change it
}

// Outcome is what was decided for a request. The zero value decides nothing: the
// default outcome applies after think_time.
type Outcome struct {
	Rule     int               // which rule decided, for Decider.Consume; the decider's own
	By       string            // who decided, for a person: "rule 2 of hostile"; "" is the default outcome
	Result   daraja.ResultCode // "" is the default outcome
	Desc     string            // ResultDesc; "" takes the catalogue's, unless Raw
	Raw      bool              // Result and Desc are sent as they are, whatever the catalogue says; Desc may be empty
	Query    *QueryResult      // what a query says instead of the result: every one about this payment once it has ended, or the one that this is decided for; nil says the result
	After    *time.Duration    // from the answer to the result; nil takes the API's default, think_time for a prompt
	Reply    ReplyFaults
	Callback CallbackPlan

	QueueTimeout QueueTimeout // of a request with a QueueTimeOutURL
}

// QueueTimeout says how a request of an initiator runs into M-PESA's time limit for it.
type QueueTimeout string

// How a request runs into its time limit. The zero value does so when its result takes longer.
const (
	TimeoutInstead QueueTimeout = "instead"       // a message goes to QueueTimeOutURL, and nothing else happens
	TimeoutBefore  QueueTimeout = "before_result" // a message goes to QueueTimeOutURL; the request is done, and its result follows
)

// QueryResult is a result in the answer to a query.
type QueryResult struct {
	Result daraja.ResultCode
	Desc   string
}

// Header is a line of an HTTP header, its name as it is spelt on the wire.
type Header struct{ Name, Value string }

// RawReply is an answer to the letter, whatever Daraja would say.
type RawReply struct {
	Status int
	Header []Header // without a Content-Type, a body has Daraja's own
	Body   string
}

// RawCallback is the body of a callback, and headers beside Daraja's or in place of them.
type RawCallback struct {
	Header []Header
	Body   *string // nil leaves the right one; ${Result.ResultCode} stands for that value of the right one
}

// Page is an answer that does not come from Daraja's own services but from what
// is in front of them (reference: transport).
type Page string

// The pages there are.
const (
	PageSpikeArrest Page = "spike_arrest" // 429, Apigee's native fault
	PageWAF403      Page = "waf_403"      // HTML of the firewall
	PageWAF503      Page = "waf_503"      // HTML of the firewall
	PageEmpty400    Page = "empty_400"    // 400 without a body
)

// Damage is a fault of an answer on the wire.
type Damage string

// The kinds of damage.
const (
	DamageTruncated Damage = "truncated" // ends before its Content-Length
	DamageMalformed Damage = "malformed" // complete, but no JSON
	DamageReset     Damage = "reset"     // the connection is reset instead of an answer
)

// ReplyFaults is what is wrong with the synchronous answer. The zero value is the right answer at
// once. Error, Page and Raw replace the answer, and the request is not executed unless
// Accepted. The other faults change how any answer is sent. Waits pass on the world's clock.
type ReplyFaults struct {
	By          string // who decided, for the record
	RequestID   string // of the envelope or page that refuses the request; "" when nothing does
	Error       *daraja.Error
	Page        Page
	Raw         *RawReply
	Accepted    bool          // the request is executed in spite of Error, Page or Raw
	RevokeToken bool          // the token it came with is invalid from now on, this request included
	Latency     time.Duration // before the first byte
	SlowBody    time.Duration // over which the body is spread
	Damage      Damage

	AfterCallback bool // sent when the callbacks that are due have been posted; the world sets it for CallbackPlan.BeforeAck
}

// Refuses reports whether the request gets another answer than its own.
func (r ReplyFaults) Refuses() bool {
	return r.Error != nil || r.Page != "" || r.Raw != nil || r.RevokeToken
}

// CallbackPlan says how the callback of an outcome is delivered, faults included.
// The zero value sends it once, at once. Waits pass on the world's clock.
type CallbackPlan struct {
	Delay  time.Duration // after the prompt has ended
	Copies int           // how often it is sent; 0 takes callback_copies
	Gap    time.Duration // between two copies
	Drop   bool          // never sent; the query knows the result all the same

	BeforeAck bool // sent before the request is acknowledged; the prompt ends at once
	Reorder   int  // held until this many later callbacks of the world are ready too, then the latest is sent first; at most 30 s

	Faults    Faults       // what the product says wrong; nil is nothing
	Malformed bool         // the body is no JSON
	Raw       *RawCallback // another body or other headers

	Reset    bool          // the connection is reset before the body is complete
	SlowBody time.Duration // over which the body is spread
}

// Decider decides outcomes: the rules of a scenario. It is called under the world's lock.
type Decider interface {
	// Decide returns the outcome of r, and false when no rule holds. It is called once
	// for each request, in order of arrival. It may count arrivals but consumes no rule.
	Decide(r Request) (Outcome, bool)
	// Consume counts a use of the outcome that Decide returned for r.
	Consume(r Request, o Outcome)
	// Clone returns an independent copy, for snapshots.
	Clone() Decider
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

	Unregistered bool // the number has no M-PESA account
}

// OrganisationSetup adds an organisation, or changes the one that has the shortcode.
type OrganisationSetup struct {
	Organisation               // Name and Passkey "" keep, or take the sandbox's; Till and Nominated "" keep
	Balance      *daraja.Money // of its PaymentAccount; nil keeps

	Accounts map[AccountKind]daraja.Money // what else its accounts hold; AccountChargesPaid from zero down
}
