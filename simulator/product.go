package simulator

import (
	"cmp"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/condition"
)

// Product is a product of Daraja: everything that a simulator knows of it. A product is
// a folder below simulator/product and changes nothing elsewhere.
type Product struct {
	Name       string // of its folder, its state and its control routes: "c2b"
	Doc        string // what it is, in a few words
	Notes      string // what its users need to know beside the tables of fields: headers, what a merchant has to answer
	Operations []Operation
	Results    []daraja.Result // how its operations can end, in the order of M-PESA's numbers
	Faults     []Fault         // what can be wrong with its callbacks
	Errors     []Refusal       // of its own, beside those of every product
	Settings   []Setting
	NewState   func() State   // what it remembers in a world; nil for nothing
	Jobs       map[string]Job // work that is pending, by name, so that a snapshot can keep it
	Actions    []Action

	// OnTransaction is called when money has moved, by whatever product. It may be nil.
	OnTransaction func(*Locked, Transaction)
}

// Operation is an endpoint of a product.
type Operation struct {
	API           API      // its name in rules, journal, queue and commands
	Synonyms      []string // other words for API, for suggestions
	Doc           string   // what a call does, in a few words
	Method, Path  string
	Also          []string // further paths, such as those of another version
	AlsoGET       bool     // a GET is taken beside Method, with the fields in its query, or else in its body
	Fields        []Field  // of the body, or of a GET's query, in the order in which Daraja checks them
	List          bool     // the body is an array of objects with these fields: Call.List
	MaxBody       int      // bytes that a body may have; 0 is what most products take
	NoToken       bool     // the call has no access token
	StartsPayment bool     // it has a result after its answer: result, time and callback can be decided
	AnswersResult bool     // its answer is its result, which can be decided
	Default       bool     // rules and queued outcomes that name no API are for this one

	Pages      []string          // of Safaricom's catalogue of APIs that describe it: "Account Balance"
	Confidence daraja.Confidence // how well the shapes of its messages are known

	// InvalidToken and InvalidField are the refusals of the product's family; nil has
	// those of most products, 404.001.03 and 400.002.02.
	InvalidToken func() daraja.Error
	InvalidField func(field string) daraja.Error

	// Envelope makes the body of a refusal in a form of the product's own. nil, the function's
	// value or the function, has {requestId, errorCode, errorMessage}.
	Envelope func(x *Exchange, e daraja.Error, requestID string) any

	// Identify completes what rules see of a call. It may be nil.
	Identify func(c Call, r *Request)
	// Authorize takes the place of the check of the token when NoToken is set.
	Authorize func(l *Locked, x *Exchange) error
	// Execute does what the call asks for. It returns the body of the answer, or the
	// refusal, a *daraja.Error, before it has changed anything.
	Execute func(l *Locked, x *Exchange) (ack any, err error)
	// Compose makes the body of a call that asks a customer for a payment, as an app
	// would. nil cannot be called from the console.
	Compose func(a PaymentAsk) any
	// Agreement says that its prompts ask for no payment, such as one to a standing order. They
	// are not in the list of payments.
	Agreement bool
	// CallbackBody makes the body of the callback of a prompt that the operation opened and
	// that has ended, with what is to be wrong about it. Operations that open prompts have it,
	// and no others.
	CallbackBody func(l *Locked, p PromptState, wrong Faults) []byte
	// EndPrompt ends a prompt that asks for something else than a payment from the customer's
	// wallet to Prompt.Shortcode. r is what person, phone or outcome made of it, a success when
	// the customer agreed; forced is a result that was decided. It does what was agreed to, and
	// returns the result and the receipt of what it paid, "" for nothing. nil makes the payment.
	EndPrompt func(l *Locked, p PromptState, r PromptResult, forced bool) (result PromptResult, receipt string)
}

// Key says which condition of a rule a field is for, and where the journal keeps it.
type Key int

// The keys.
const (
	NoKey Key = iota
	PhoneKey
	AmountKey
	ReferenceKey
	ShortcodeKey
	PaymentKey    // the id of a payment that exists
	CredentialKey // a SecurityCredential, which Locked.Authenticate checks; conditions and journal do not have it
)

// KeyOf is the key of the fields that a key of conditions is for; NoKey when it is for
// none, as attempt.
func KeyOf(name string) Key {
	return map[string]Key{
		condition.KeyPhone: PhoneKey, condition.KeyAmount: AmountKey, condition.KeyReference: ReferenceKey, condition.KeyShortcode: ShortcodeKey,
	}[name]
}

// Check says what is wrong with the value of a field; "" is nothing.
type Check func(name string, v daraja.Text) string

// Field is a field of a request: it is parsed, refused, hinted at, recorded and
// documented by this one line.
type Field struct {
	Name    string   // header.requestID is the requestID in the object header
	Also    []string // names that some clients give it, taken where Name is missing or empty
	Spelt   string   // right spelling of a Name that Daraja misspells; the setting misspelt_keys takes it too
	Refusal string   // how the refusal spells it; "" is Name
	Doc     string
	Key     Key
	Check   Check // nil takes everything
	URL     bool  // a callback URL, checked as the setting strict_callbacks says; Check is not asked
	InQuery bool  // it may be in the query of a POST, which then counts
}

// refusal is the name in a refusal.
func (f Field) refusal() string { return cmp.Or(f.Refusal, f.Name) }

// Optional reports whether a request may leave the field out.
func (f Field) Optional() bool { return f.problem("", daraja.URLAny) == "" }

// problem says what is wrong with a value; "" is nothing.
func (f Field) problem(v daraja.Text, urls daraja.URLRules) string {
	if f.URL {
		if err := daraja.CheckCallbackURL(string(v), urls); err != nil {
			return strings.Replace(err.Error(), "CallBackURL", f.Name, 1)
		}
	} else if f.Check != nil {
		return f.Check(f.Name, v)
	}
	return ""
}

// State is what a product remembers in a world.
type State interface {
	// Clone returns a copy that changes independently, for snapshots.
	Clone() State
}

// Job does work that was pending. A panic apart, nothing can go wrong with it.
type Job func(l *Locked, due Due)

// Due is a job whose time has come.
type Due struct {
	Data   any             // as it was scheduled
	Answer *MerchantAnswer // of the callback that it waited for; nil when the time ran out
}

// MerchantAnswer is how a merchant answered a callback.
type MerchantAnswer struct {
	Status int    // HTTP status; 0 when there was no answer
	Body   []byte // at most what the sender reads
}

// Action is what a customer or a tester does without a call of Daraja's API. It becomes
// a route of the control API, a command and a form in the console.
type Action struct {
	Name   string
	Doc    string
	Fields []Field

	Pages      []string          // as those of an operation, for an API that Safaricom calls
	Confidence daraja.Confidence // likewise

	// Run does it. The error says in words why it cannot be done.
	Run func(l *Locked, v Values) (result any, err error)
}

// Values are the fields of a request by name, as they came.
type Values map[string]daraja.Text

// Call is an HTTP request to an operation.
type Call struct {
	Authorization string              // the header
	Header        map[string][]string // names as net/http writes them
	Body          []byte              // as it came
	Path          string              // of the URL, without a world
	Values        Values              // the fields; of a List, those of its first object
	List          []Values            // the objects of an operation with a List
	BodyError     error               // why the body has no fields, a *daraja.Error; returned once the call is authorized
}

// PaymentAsk is a payment that an organisation wants of a customer.
type PaymentAsk struct {
	At           time.Time
	Organisation Organisation
	Phone        daraja.MSISDN
	Amount       int64 // shillings; any number
	Reference    string
	Description  string
	CallbackURL  string
}

// Exchange is a call on its way through an operation.
type Exchange struct {
	Request
	Call    *Call // as it came
	Outcome Outcome
	Now     time.Time // by the world's clock
	ID      string    // what the journal calls the payment that the call began; OpenPrompt sets it, or else Execute
	Token   string    // Execute sets it: an access token that the call was given

	op         *operation
	credential decryptedCredential
	respelt    []string // fields that were sent under the right spelling of a misspelt name
	stream     stream
	reply      ReplyFaults
	replyOnly  bool   // the outcome changes only how the answer is sent
	consume    func() // counts a use of what decided the outcome

	endsBeforeAck *prompt // that Execute opened; nil for none
	executed      bool    // credentials and fields were right
}

// Text is the field of that name, "" when it is missing.
func (x *Exchange) Text(name string) string { return string(x.Call.Values[name]) }

// Result is the result that was decided for the call, or else the default.
func (x *Exchange) Result(def daraja.ResultCode) daraja.ResultCode {
	return cmp.Or(x.Outcome.Result, def)
}

// After is the time from the answer to the result: as decided, or else the default.
func (x *Exchange) After(def time.Duration) time.Duration {
	if x.Outcome.After != nil {
		return *x.Outcome.After
	}
	return def
}

// Response is the answer to a call.
type Response struct {
	Body     any         // of the answer, unless Reply or Err says otherwise
	Reply    ReplyFaults // what is done to the answer
	Token    string      // an access token that was given out, or ""
	About    About
	Err      error // a *daraja.Error; nil for an answer
	Envelope any   // the body of the refusal Err; nil for one without a body
}

// About is what a call was about, as it came, for the record.
type About struct{ Payment, Phone, Reference, Shortcode, Amount string }
