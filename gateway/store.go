package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Errors of a Store.
var (
	ErrNotFound     = errors.New("not found")
	ErrDuplicateKey = errors.New("idempotency key is already used")
	ErrExists       = errors.New("exists already")
	ErrReadOnly     = errors.New("read-only transaction")
	ErrClosed       = errors.New("store is closed")
)

// Store keeps payments durably and hands out what is due. When Update returns
// nil, what it did survives a crash.
type Store interface {
	// Update runs f in a transaction and commits it, maybe together with others; an
	// error from f undoes what f did and is returned. A store may run f a second time
	// when nothing has come of the first. f must not call the store and must not block.
	Update(ctx context.Context, f func(Tx) error) error

	// View runs f on a consistent snapshot; writing methods return ErrReadOnly.
	View(ctx context.Context, f func(Tx) error) error

	// Work calls w for each payment and delivery whose DueAt has come, at most
	// once at a time for each row, until ctx ends; then it waits for the calls
	// that are running. Rows that were due before a crash are found again. A call
	// that returns an error, or leaves its row due, is made again after a pause.
	// Deliveries to an endpoint that hang leave room for those to others.
	Work(ctx context.Context, w Worker) error

	// Exclusive reports whether this process alone has the store, so that whatever
	// stands there as begun and does not run here was cut off by a crash.
	Exclusive() bool

	// Ping asks whether the store can be reached.
	Ping(ctx context.Context) error

	// Close releases the store. Calls that come later return ErrClosed.
	Close() error
}

// Worker does what is due. Each call must move the row's DueAt.
type Worker interface {
	WorkPayment(ctx context.Context, id int64) error
	WorkDelivery(ctx context.Context, id int64) error
}

// Recaller is a Store that remembers what it is about to hand out.
type Recaller interface {
	// Recall returns a delivery that is due, and what is known of its URL, as they were
	// last committed, without reading them. ok is false when they must be read.
	Recall(deliveryID int64) (d *Delivery, e Endpoint, ok bool)
}

// Purger is a Store whose files keep what was overwritten for a while.
type Purger interface {
	// Purge takes what was overwritten out of the files. It returns why copies may be
	// left there, "" when none are.
	Purge(ctx context.Context) (left string, err error)
}

// Tx is the inside of a transaction. Look-ups return ErrNotFound.
type Tx interface {
	// InsertPayment stores p under a new id, see IDs, and sets p.ID. It returns ErrDuplicateKey when the
	// partner has used p.IdempotencyKey; an empty key is never a duplicate.
	InsertPayment(p *Payment) error
	SavePayment(p *Payment) error
	Payment(id int64) (*Payment, error)
	PaymentByKey(partner, key string) (*Payment, error)
	// Payments lists what a filter lets through, by id.
	Payments(f PaymentFilter) ([]*Payment, error)
	// OpenReviews counts the payments that wait for a person, by state.
	OpenReviews() ([]StateCount, error)
	// PaymentsWith looks at the next most payments with ids greater than after. found
	// are those, by id, in whose texts, or in those of their pushes, webhooks and replies,
	// the digits may stand in this order, whatever stands between them. last is the id
	// of the last one that was looked at, 0 when there was none.
	PaymentsWith(digits string, after int64, most int) (found []int64, last int64, err error)
	// PaymentsBetween counts the payments of a phone that were created from a time up to
	// another, both included, without those that were refused at their first push, which
	// made no prompt.
	// Between it and the end of an Update nobody else inserts payments of that
	// phone, so that a limit which is counted with it is exact.
	PaymentsBetween(phone daraja.MSISDN, from, to time.Time) (int, error)

	InsertPush(p Push) error
	SavePush(p Push) error
	PushByToken(token string) (Push, error)
	// PushesOf lists the pushes of a payment, by number.
	PushesOf(paymentID int64) ([]Push, error)
	// PushesOfAll lists the pushes of several payments, by payment and number.
	PushesOfAll(paymentIDs ...int64) ([]Push, error)
	// PromptOwner finds a payment, other than one, that has a push with one of some
	// CheckoutRequestIDs. Inside Update nobody else who asks for the first of them gets
	// on until the end, so that no two payments both find an id to be new.
	PromptOwner(except int64, checkoutIDs ...string) (owner int64, err error)
	// NamePrompt records that a callback with proof gives a prompt to a payment. The name
	// is a digest of the prompt's id.
	NamePrompt(paymentID int64, name string) error
	// PromptNamed finds a payment, other than one, to which NamePrompt has given a prompt.
	PromptNamed(except int64, name string) (owner int64, err error)

	// ClaimReceipt gives a receipt to a payment unless another has it, and
	// returns the owner.
	ClaimReceipt(receipt string, paymentID int64, at time.Time) (owner int64, err error)

	// InsertCallback appends c to the log and sets its ID, Digest, Prev and Hash, by
	// the time that Update returns; of one that is erased already, Digest stays; a store may wait until then for its place. Ids grow
	// in the order of the chain.
	InsertCallback(c *Callback) error
	// CallbacksOf lists at most limit callbacks of a payment, 0 for those of nobody, with
	// ids greater than after, by id. A payment may have any number.
	CallbacksOf(paymentID, after int64, limit int) ([]Callback, error)
	// NewestCallbacks lists the last callbacks of a payment, at most limit, by id, without
	// their bodies, and counts all that it has. People's entries are among them.
	NewestCallbacks(paymentID int64, limit int) (newest []CallbackSummary, all int, err error)
	// CameBefore lists the verdicts on callbacks of a push that have this body and ids below
	// that of an entry. Those that are erased are not found.
	CameBefore(entry int64, push Push, body []byte) (verdicts []string, err error)
	// Entries lists what people have put into the log about a payment, by id.
	Entries(paymentID int64) ([]Callback, error)
	// CallbacksAfter lists at most limit callbacks with greater ids, by id.
	CallbacksAfter(id int64, limit int) ([]Callback, error)
	// EraseCallback empties a body and its salt, and notes when. Nothing else of the log can be
	// changed.
	EraseCallback(id int64, at time.Time) error
	// EraseCallbacks does so for at most limit callbacks of a payment that are not erased, and
	// returns how many it found.
	EraseCallbacks(paymentID int64, limit int, at time.Time) (int, error)

	// InsertDelivery stores d under a new id, see IDs, and sets d.ID.
	InsertDelivery(d *Delivery) error
	SaveDelivery(d *Delivery) error
	Delivery(id int64) (*Delivery, error)
	// DeliveriesOf lists the deliveries of payments, the oldest first.
	DeliveriesOf(paymentIDs ...int64) ([]*Delivery, error)
	// Deliveries lists what a filter lets through, by id.
	Deliveries(f DeliveryFilter) ([]*Delivery, error)

	// InsertAttempt records an attempt; each number of a delivery is taken once.
	InsertAttempt(a Attempt) error
	// NewestAttempts lists the last attempts of a delivery, at most limit, by number.
	NewestAttempts(deliveryID int64, limit int) ([]Attempt, error)
	// Reached reports whether an attempt of a delivery was answered with a 2xx.
	Reached(deliveryID int64) (bool, error)
	// RepliesWith lists at most limit attempts of a delivery with numbers greater than after,
	// by number, in whose replies the digits may stand in this order.
	RepliesWith(deliveryID int64, digits string, after, limit int) ([]Attempt, error)
	// EraseReplies forgets what was answered to the attempts of a delivery that have the
	// numbers from first to last.
	EraseReplies(deliveryID int64, first, last int) error

	// SaveEndpoint stores e in the place of what was known of its URL.
	SaveEndpoint(e Endpoint) error
	Endpoint(partner, url string) (Endpoint, error)
	// DeleteEndpoint forgets what was known of a URL, if anything was.
	DeleteEndpoint(partner, url string) error

	// SaveDeclaration stores d in the place of an earlier one of its code.
	SaveDeclaration(d Declaration) error
	// DeleteDeclaration returns ErrNotFound when the code is not declared.
	DeleteDeclaration(code daraja.ResultCode) error
	// Declaration finds what a person declared a result code to mean.
	Declaration(code daraja.ResultCode) (Declaration, error)
	// Declarations lists all of them, by code.
	Declarations() ([]Declaration, error)

	// InsertPartner returns ErrExists when the name is taken.
	InsertPartner(p Partner) error
	// SavePartner writes the settings of a partner.
	SavePartner(p Partner) error
	// Partner finds a partner. Inside Update nobody else who asks for it gets on until
	// the end, so that what is counted of a partner stays true.
	Partner(name string) (Partner, error)
	// Partners lists all partners, by name.
	Partners() ([]Partner, error)

	// InsertKey returns ErrExists when the id is taken.
	InsertKey(k Key) error
	SaveKey(k Key) error
	// Key finds a key. Inside Update nobody else changes it until the end.
	Key(id string) (Key, error)
	// KeysOf lists a partner's keys, the oldest first.
	KeysOf(partner string) ([]Key, error)

	// InsertSecret stores s and sets s.ID.
	InsertSecret(s *Secret) error
	SaveSecret(s Secret) error
	// SecretsOf lists a partner's webhook secrets, the newest first.
	SecretsOf(partner string) ([]Secret, error)

	// AccessToken finds the row of an app. Inside Update no other update that asks for the
	// same app gets on until the end, whether there is a row or not.
	AccessToken(app string) (AccessToken, error)
	// SaveAccessToken stores t in the place of what was known of its app.
	SaveAccessToken(t AccessToken) error

	// Backlog counts what is due by now and not done, and the deliveries that wait for a pause.
	Backlog(now time.Time) (Backlog, error)
}

// PaymentFilter picks payments. A zero field lets everything through.
type PaymentFilter struct {
	Partner  string
	State    State
	Phone    daraja.MSISDN
	Before   time.Time // created earlier than this
	Unerased bool      // ErasedAt is zero
	Again    bool      // erased before, and something has come since: Phone is "" and ErasedAt zero
	After    int64     // ids greater than this
	Limit    int       // most rows; 0 is all

	States     []State           // any of these
	InReview   bool              // ReviewAt is not zero
	ResultCode daraja.ResultCode // the latest result
}

// StateCount is how many payments in a state wait for a person.
type StateCount struct {
	State  State
	Count  int
	Oldest time.Time // ReviewAt of the one that has waited longest
}

// DeliveryFilter picks deliveries. A zero field lets everything through.
type DeliveryFilter struct {
	Partner string
	State   DeliveryState
	After   int64 // ids greater than this
	Limit   int   // most rows; 0 is all
}

// Backlog is what is due and not done.
type Backlog struct {
	Payments   int
	Deliveries int
	Oldest     time.Time // DueAt of what has waited longest; zero when nothing waits
	Waiting    int       // deliveries that fall due later because a partner asked for it
}

// Clock tells the time and calls back later. stop returns false when f has
// already been started.
type Clock interface {
	Now() time.Time
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}
