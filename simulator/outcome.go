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

// Request is what an outcome is chosen by.
type Request struct {
	API       API
	Phone     daraja.MSISDN
	Amount    daraja.Money
	Reference string
	Shortcode string
}

// Outcome is what becomes of a prompt. The zero value is a payment after the
// default think time.
type Outcome struct {
	Result   daraja.ResultCode // "" lets nature decide
	Desc     string            // ResultDesc; "" takes the catalogue's
	After    *time.Duration    // from the push to the end of the prompt; nil takes think_time
	Callback CallbackPlan
}

// CallbackPlan says how the callback of an outcome is delivered, faults included.
// The zero value sends it once, at once.
type CallbackPlan struct {
	Delay        time.Duration // after the prompt has ended
	Copies       int           // how often it is sent; 0 takes callback_copies
	Gap          time.Duration // between two copies
	Drop         bool          // never sent; the query knows the result all the same
	ReuseReceipt bool          // carries the receipt of the payment before this one
}

// Decider chooses outcomes. It answers false when it has no opinion. It is called
// under the world's lock, once for each accepted push, in order of arrival.
type Decider interface {
	Decide(Request) (Outcome, bool)
}

// Setup is what a scenario makes of a world.
type Setup struct {
	Settings  map[string]string
	Customers []CustomerSetup
	Decider   Decider // may be nil
}

// CustomerSetup overrides what a customer would have from the seed.
type CustomerSetup struct {
	Phone   daraja.MSISDN
	Name    string        // "" keeps the seed's
	PIN     string        // "" keeps the seed's
	Balance *daraja.Money // nil keeps the seed's
}

// magic decides by the phone number alone: 2547000 and a result code in five
// digits.
func magic(r Request) (Outcome, bool) {
	code, ok := daraja.MagicResult(r.Phone)
	return Outcome{Result: code}, ok
}
