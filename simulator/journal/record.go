package journal

import (
	"encoding/json"
	"time"

	"github.com/darajabox/darajabox/simulator"
)

// Kind says what a record is of.
type Kind string

// The kinds of records.
const (
	KindRequest  Kind = "request"  // a request that came in, with its answer
	KindCallback Kind = "callback" // an attempt to deliver a callback
	KindAction   Kind = "action"   // a person or a tester did something: cancelled on the phone, moved the clock
)

// Record is one thing that happened. What a kind does not have is zero; what is read
// back has neither nil slices nor nil maps, so that it is the same in JSON always.
type Record struct {
	Seq       uint64        `json:"seq"` // set by Add, from 1
	At        time.Time     `json:"at"`  // on the world's clock, in EAT
	World     string        `json:"world"`
	Kind      Kind          `json:"kind"`
	API       simulator.API `json:"api"`
	Payment   string        `json:"payment"` // its id
	Phone     string        `json:"phone"`
	Reference string        `json:"reference"`
	Shortcode string        `json:"shortcode"`
	Amount    string        `json:"amount"` // shillings, as it was written

	Method    string   `json:"method"`
	URL       string   `json:"url"`        // path and query of a request, the whole URL of a callback
	Status    int      `json:"status"`     // HTTP; 0 when there was no answer
	ErrorCode string   `json:"error_code"` // Daraja's, "" when it was not refused
	Reason    string   `json:"reason"`     // the explanation, for a person
	By        string   `json:"by"`         // who decided: "rule 2 of hostile"
	Faults    []string `json:"faults"`     // done on purpose: "latency 3s", "copy 2 of 2", "dropped"
	Copy      int      `json:"copy"`       // of a callback, from 1
	Dropped   bool     `json:"dropped"`    // lost on purpose: nothing was sent
	Error     string   `json:"error"`      // why there was no answer

	RequestHeader map[string]string `json:"request_header"`
	Request       json.RawMessage   `json:"request"`  // as Body shows it; given to Add as it came
	Response      json.RawMessage   `json:"response"` // likewise

	// Header may be given to Add in the place of RequestHeader: as net/http has it,
	// without a copy. Add takes what may be kept of it; it is nil in what is read back.
	Header map[string][]string `json:"-"`
}

// RawBody is a body as it came, to be given to Add; nil stands for an empty body.
func RawBody(b []byte) json.RawMessage {
	if b == nil {
		return json.RawMessage{}
	}
	return b
}
