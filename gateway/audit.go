package gateway

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"math"
)

// AuditLog is a store as an auditor sees it. A Store is one.
type AuditLog interface {
	View(ctx context.Context, f func(Tx) error) error
}

// Expected is what an auditor noted of the log at an earlier time. The chain alone
// cannot tell that its end was cut off; somebody must have seen the end.
type Expected struct {
	Head []byte // hash of what was the last row then; nil is not noted
	Rows int64  // how many there were then, at least
}

// Audit is what a walk over the whole raw log found.
type Audit struct {
	Rows      int64  // all of them
	Unchained int64  // written by a release before the chain; nothing proves these
	Erased    int64  // rows without their body, which the chain still covers by its digest
	LastID    int64  // of the last row, 0 when there is none
	Head      []byte // hash of the last row, ChainStart while nothing is chained
	Breaks    int64
	Broken    []Break // the first maxBreaks of them
}

// Break is a place where the log is not as it was written.
type Break struct {
	ID     int64 // of the row; 0 when rows are missing at the end
	Reason string
}

// maxBreaks is how many breaks are told; one is reason enough to look.
const maxBreaks = 10

// auditPage is how many rows are read at once. A body is at most 64 KiB.
const auditPage = 200

// VerifyLog walks the raw log and checks every link. An error says that it could not
// be read, not that it is broken.
func VerifyLog(ctx context.Context, log AuditLog, want Expected) (Audit, error) {
	w := walk{prev: ChainStart(), want: want, seen: want.Head == nil || bytes.Equal(want.Head, ChainStart())}
	if err := WalkLog(ctx, log, w.step); err != nil {
		return Audit{}, err
	}
	return w.end(), nil
}

// WalkLog calls f for each callback of the raw log, by id. It reads page by page, so
// that the log may grow meanwhile and may be longer than memory.
func WalkLog(ctx context.Context, log AuditLog, f func(*Callback)) error {
	for last := int64(math.MinInt64); ; { // ids that the gateway never gives are seen too
		var page []Callback
		err := log.View(ctx, func(tx Tx) (err error) {
			page, err = tx.CallbacksAfter(last, auditPage)
			return err
		})
		if err != nil {
			return fmt.Errorf("reading the raw log after callback %d: %w", last, err)
		}
		if len(page) == 0 {
			return nil
		}
		for i := range page {
			f(&page[i])
		}
		last = page[len(page)-1].ID
	}
}

// walk is a verification under way.
type walk struct {
	audit Audit
	prev  []byte // hash of the row before
	want  Expected
	seen  bool // the head that was noted
}

func (w *walk) step(c *Callback) {
	w.audit.Rows++
	w.audit.LastID = c.ID
	if !c.ErasedAt.IsZero() {
		w.audit.Erased++
	}
	if len(c.Hash) == 0 && w.audit.Head == nil { // later on it is a break
		w.audit.Unchained++
		return
	}
	if err := c.CheckLink(w.prev); err != nil {
		w.broken(c.ID, err.Error())
	}
	w.prev, w.audit.Head = c.Hash, c.Hash // so that one break is not one for each row after it
	w.seen = w.seen || bytes.Equal(c.Hash, w.want.Head)
}

func (w *walk) broken(id int64, reason string) {
	w.audit.Breaks++
	if len(w.audit.Broken) < maxBreaks {
		w.audit.Broken = append(w.audit.Broken, Break{ID: id, Reason: reason})
	}
}

// end compares what was found with what was noted.
func (w *walk) end() Audit {
	if !w.seen {
		w.broken(0, fmt.Sprintf("no callback has the hash %s, which was the head: the end was cut off, or rows were written anew",
			hex.EncodeToString(w.want.Head)))
	}
	if w.audit.Rows < w.want.Rows {
		w.broken(0, fmt.Sprintf("there are %d entries and there were %d: the end was cut off", w.audit.Rows, w.want.Rows))
	}
	if w.audit.Head == nil {
		w.audit.Head = ChainStart()
	}
	return w.audit
}

// OK reports whether nothing is broken.
func (a Audit) OK() bool { return a.Breaks == 0 }
