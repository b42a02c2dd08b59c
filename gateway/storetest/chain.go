package storetest

import (
	"bytes"
	"fmt"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

func chainTests() []test {
	return []test{
		{"each callback carries the hash of the one before", chains},
		{"callbacks that come at once make one chain", chainsTogether},
		{"an undone callback leaves no gap", chainsUndone},
		{"the chain goes on after a restart", chainsAfterRestart},
		{"a body can be erased once, and the chain holds", erases},
		{"replies of partners can be erased", erasesReplies},
	}
}

// wantChain checks the whole log and returns it.
func (b *bench) wantChain(n int) []gateway.Callback {
	b.Helper()
	var all []gateway.Callback
	b.view(func(tx gateway.Tx) error {
		for {
			last := int64(0)
			if len(all) > 0 {
				last = all[len(all)-1].ID
			}
			page, err := tx.CallbacksAfter(last, 3)
			if err != nil || len(page) == 0 {
				return err
			}
			all = append(all, page...)
		}
	})
	if len(all) != n {
		b.Errorf("the log has %d callbacks, want %d", len(all), n)
	}
	prev := gateway.ChainStart()
	for _, c := range all {
		if err := c.CheckLink(prev); err != nil {
			b.Error(err)
		}
		prev = c.Hash
	}
	return all
}

func callback(n int) *gateway.Callback {
	return &gateway.Callback{
		Token: fmt.Sprintf("token-%d\x00\xff", n), Remote: "127.0.0.1", Body: fmt.Appendf(nil, "{%d}\x00\xff", n), Salt: fmt.Appendf(nil, "salt %d\x00\xff", n),
		Verdict: "applied", ReceivedAt: in(time.Duration(n) * time.Second),
	}
}

func chains(b *bench) {
	payment := b.insert(gateway.Payment{})
	for n := range 7 {
		c := callback(n)
		if n%2 == 0 {
			c.PaymentID = payment
		}
		b.update(func(tx gateway.Tx) error { return tx.InsertCallback(c) })
	}
	b.update(func(tx gateway.Tx) error { return tx.InsertCallback(&gateway.Callback{}) })
	b.wantChain(8)
}

func chainsTogether(b *bench) {
	const n = 40
	for i, err := range b.together(n, func(i int) error {
		return b.Update(b.ctx, func(tx gateway.Tx) error { return tx.InsertCallback(callback(i)) })
	}) {
		if err != nil {
			b.Errorf("callback %d: %v", i, err)
		}
	}
	b.wantChain(n)
}

func chainsUndone(b *bench) {
	b.update(func(tx gateway.Tx) error { return tx.InsertCallback(callback(1)) })
	_ = b.Update(b.ctx, func(tx gateway.Tx) error {
		if err := tx.InsertCallback(callback(2)); err != nil {
			return err
		}
		return fmt.Errorf("oops")
	})
	b.update(func(tx gateway.Tx) error { return tx.InsertCallback(callback(3)) })
	b.wantChain(2)
}

func chainsAfterRestart(b *bench) {
	b.update(func(tx gateway.Tx) error { return tx.InsertCallback(callback(1)) })
	b.restart()
	b.update(func(tx gateway.Tx) error { return tx.InsertCallback(callback(2)) })
	b.wantChain(2)
}

func erases(b *bench) {
	for n := range 3 {
		b.update(func(tx gateway.Tx) error { return tx.InsertCallback(callback(n)) })
	}
	id := b.wantChain(3)[1].ID
	b.update(func(tx gateway.Tx) error { return tx.EraseCallback(id, in(time.Hour)) })
	got := b.wantChain(3)[1]
	if len(got.Body)+len(got.Salt) != 0 || !got.ErasedAt.Equal(in(time.Hour)) || bytes.Equal(got.Digest, nil) {
		b.Errorf("erased: body %q, salt %q, digest %x, at %v", got.Body, got.Salt, got.Digest, got.ErasedAt)
	}
	if err := b.Update(b.ctx, func(tx gateway.Tx) error { return tx.EraseCallback(id, in(2*time.Hour)) }); err == nil {
		b.Error("the date of an erasure could be changed")
	}
}

func erasesReplies(b *bench) {
	id, other := b.insertDelivery(start), b.insertDelivery(start)
	b.insertAttempts(id, "hello Jane", "hello Joan", "hello John")
	b.insertAttempts(other, "hello Joe", "hello Jim")
	b.update(func(tx gateway.Tx) error { return tx.EraseReplies(id, 2, 2) })
	b.wantReplies(id, "hello Jane", "", "hello John")
	b.update(func(tx gateway.Tx) error { return tx.EraseReplies(id, 1, 9) })
	b.wantReplies(id, "", "", "")
	b.wantReplies(other, "hello Joe", "hello Jim")
}
