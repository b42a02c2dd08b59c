package gateway

import (
	"context"
	"errors"
	"time"
)

// Errors of a Store.
var (
	ErrNotFound     = errors.New("not found")
	ErrDuplicateKey = errors.New("idempotency key is already used")
	ErrReadOnly     = errors.New("read-only transaction")
	ErrClosed       = errors.New("store is closed")
)

// Store keeps payments durably and hands out what is due. When Update returns
// nil, what it did survives a crash.
type Store interface {
	// Update runs f in a transaction and commits it. f runs once, maybe beside
	// others in one commit; an error from f undoes what f did and is returned.
	// f must not call the store and must not block.
	Update(ctx context.Context, f func(Tx) error) error

	// View runs f on a consistent snapshot; writing methods return ErrReadOnly.
	View(ctx context.Context, f func(Tx) error) error

	// Work calls w for each payment and delivery whose DueAt has come, at most
	// once at a time for each row, until ctx ends; then it waits for the calls
	// that are running. Rows that were due before a crash are found again. A call
	// that returns an error, or leaves its row due, is made again after a pause.
	Work(ctx context.Context, w Worker) error

	// Close releases the store. Calls that come later return ErrClosed.
	Close() error
}

// Worker does what is due. Each call must move the row's DueAt.
type Worker interface {
	WorkPayment(ctx context.Context, id int64) error
	WorkDelivery(ctx context.Context, id int64) error
}

// Tx is the inside of a transaction. Look-ups return ErrNotFound.
type Tx interface {
	// InsertPayment stores p and sets p.ID. It returns ErrDuplicateKey when the
	// partner has used p.IdempotencyKey; an empty key is never a duplicate.
	InsertPayment(p *Payment) error
	SavePayment(p *Payment) error
	Payment(id int64) (*Payment, error)
	PaymentByKey(partner, key string) (*Payment, error)
	// PaymentsIn lists the payments in a state, by id.
	PaymentsIn(s State) ([]*Payment, error)

	InsertPush(p Push) error
	SavePush(p Push) error
	PushByToken(token string) (Push, error)
	// PushesOf lists the pushes of a payment, by number.
	PushesOf(paymentID int64) ([]Push, error)

	// ClaimReceipt gives a receipt to a payment unless another has it, and
	// returns the owner.
	ClaimReceipt(receipt string, paymentID int64, at time.Time) (owner int64, err error)

	InsertCallback(c *Callback) error
	// CallbacksOf lists the callbacks of a payment, 0 for those of nobody, by id.
	CallbacksOf(paymentID int64) ([]Callback, error)

	InsertDelivery(d *Delivery) error
	SaveDelivery(d *Delivery) error
	Delivery(id int64) (*Delivery, error)
	DeliveriesOf(paymentID int64) ([]*Delivery, error)

	InsertAttempt(a Attempt) error
	AttemptsOf(deliveryID int64) ([]Attempt, error)
}

// Clock tells the time and calls back later. stop returns false when f has
// already been started.
type Clock interface {
	Now() time.Time
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}
