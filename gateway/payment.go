package gateway

import (
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Direction says which way a payment's money moves.
type Direction string

// Collect is money from a customer to the business, by STK push.
const Collect Direction = "collect"

// Payment is one order of a partner and all that is known of it. Times are UTC;
// the zero time means "not yet" or "nothing due".
type Payment struct {
	ID             int64
	Partner        string // name of the partner that owns it
	Direction      Direction
	IdempotencyKey string // "" when the partner sent none
	Fingerprint    string // of the request's content, to tell a replay from another order

	Phone       daraja.MSISDN
	Amount      daraja.Money
	Reference   string
	CallbackURL string // the partner's

	State  State
	Pushes int // how many pushes were begun
	Checks int // how many times Daraja was asked since the last push

	MerchantRequestID string // of the last push that Daraja accepted
	CheckoutRequestID string

	ResultCode   daraja.ResultCode // "" until Daraja gave one
	ResultDesc   string
	Receipt      string    // M-PESA's, "" until known
	Claimed      string    // receipt of a success that nobody has confirmed yet
	TransactedAt time.Time // M-PESA's time, or when the result was learnt
	Refusal      string    // what the partner was told when the push was refused
	Support      bool      // somebody must look at it with Safaricom
	ReviewReason string    // why a person must look at it, "" when nobody must
	ReviewAt     time.Time // since when it waits for a person; zero while it does not

	Trace    string    // W3C traceparent of the order, "" when nobody traces
	ErasedAt time.Time // when the customer's data were taken out

	DueAt     time.Time // when its state next calls for an act of the gateway
	InquiryAt time.Time // when the first of its pushes' inquiries is due, see Inquiry
	CreatedAt time.Time
	UpdatedAt time.Time
}

// WorkAt is when the gateway next has to act on p by itself: the earlier of DueAt and
// InquiryAt. Zero means that nothing is due.
func (p *Payment) WorkAt() time.Time { return earlier(p.DueAt, p.InquiryAt) }

// earlier is the first of two times; a zero one is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// PushState is how one push went.
type PushState string

// A push is begun in the database before Daraja is called.
const (
	PushBegun      PushState = "begun"
	PushAccepted   PushState = "accepted"
	PushRefused    PushState = "refused"    // known not to have become a prompt
	PushUnanswered PushState = "unanswered" // may or may not have become a prompt
	PushLost       PushState = "lost"       // its answer did not come in time, or its gateway ended before; the answer may still come
)

// Push is one call of Daraja for a payment. Token is the unguessable end of its
// callback URL: 128 bits in hex.
type Push struct {
	Token             string
	PaymentID         int64
	Number            int // 1 for the first
	State             PushState
	MerchantRequestID string
	CheckoutRequestID string
	Detail            string // what Daraja said, when it did not accept
	Questions         int    // how many of its callbacks had M-PESA asked before the time
	Inquiry           Inquiry
	CreatedAt         time.Time
}

// Callback is a body that somebody posted to a callback URL, kept verbatim for
// audit whatever it is. The log is append-only, and each row carries the hash of the
// one before; see Seal.
type Callback struct {
	ID         int64
	Token      string // as it stood in the path, at most 64 bytes of it
	PaymentID  int64  // 0 when no push has that token
	Remote     string // address it came from
	Body       []byte // empty once it is erased
	Salt       []byte // unguessable bytes that Digest takes in; erased with the body
	Verdict    string // what the gateway made of it
	Proof      Proof  // of the origin when it came; a store does not keep it
	ReceivedAt time.Time

	Digest   []byte    // SHA-256 of the salt and the body as it came; outlives both
	Prev     []byte    // Hash of the row before, zeros for the first
	Hash     []byte    // of this row; see Seal
	ErasedAt time.Time // when the body was erased on the customer's request, or by age
}

// DeliveryState is where a webhook stands.
type DeliveryState string

// A delivery ends delivered or, visibly, exhausted.
const (
	DeliveryDue       DeliveryState = "due"
	DeliveryDone      DeliveryState = "delivered"
	DeliveryExhausted DeliveryState = "exhausted"
)

// Delivery is one webhook to a partner. Body is written when the payment settles
// and sent verbatim at each attempt.
type Delivery struct {
	ID        int64
	PaymentID int64
	Partner   string
	MessageID string // the webhook-id that the partner sees, the same at each attempt
	URL       string
	Endpoint  string // scheme, host and port of URL: what is slow or down together
	Body      []byte
	State     DeliveryState
	Attempts  int
	Resends   int       // how often somebody asked for it to be sent again
	Tries     int       // attempts since it became due, or was asked for again
	Reason    string    // why it is exhausted, or waits for a pause of its URL; "" otherwise
	Trace     string    // W3C traceparent of the payment
	DueAt     time.Time // zero unless State is DeliveryDue
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Attempt is one try of a delivery.
type Attempt struct {
	DeliveryID int64
	Number     int // 1 for the first
	At         time.Time
	Took       time.Duration
	Status     int    // HTTP status; 0 when there was no answer
	Detail     string // why it failed, "" on success
	Reply      string // the first bytes of the partner's answer, printable
}
