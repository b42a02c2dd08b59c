package storetest

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/darajabox/darajabox/gateway"
)

// What is shown of a payment's callbacks, however many there are.
func callbackTests() []test {
	return []test{
		{"the newest callbacks of a payment, and how many it has", newestCallbacks},
		{"people's entries about a payment", peoplesEntries},
		{"the callbacks of a payment, page by page", callbacksByPages},
		{"a callback that came before an entry", cameBefore},
	}
}

// insertCallbacks stores the nth to the last callback of a payment, each a byte longer than
// the one before.
func (b *bench) insertCallbacks(payment int64, first, last int, remote string) {
	b.Helper()
	b.update(func(tx gateway.Tx) error {
		for n := first; n <= last; n++ {
			c := callback(n)
			c.PaymentID, c.Remote, c.Verdict, c.Body = payment, remote, fmt.Sprint("verdict ", n), bytes.Repeat([]byte("\xff"), n)
			if err := tx.InsertCallback(c); err != nil {
				return err
			}
		}
		return nil
	})
}

func newestCallbacks(b *bench) {
	mine, other, bare := b.insert(gateway.Payment{}), b.insert(gateway.Payment{}), b.insert(gateway.Payment{})
	b.insertCallbacks(mine, 1, 7, "10.0.0.1")
	b.insertCallbacks(other, 8, 9, "10.0.0.1")
	b.insertCallbacks(mine, 10, 10, "10.0.0.2")
	for _, tt := range []struct {
		limit int
		want  []int
	}{
		{3, []int{6, 7, 10}}, {1, []int{10}}, {8, []int{1, 2, 3, 4, 5, 6, 7, 10}}, {100, []int{1, 2, 3, 4, 5, 6, 7, 10}},
	} {
		b.view(func(tx gateway.Tx) error {
			kept, err := tx.CallbacksOf(mine, 0, 100)
			if err != nil {
				return err
			}
			newest, all, err := tx.NewestCallbacks(mine, tt.limit)
			if all != 8 || len(newest) != len(tt.want) {
				b.Fatalf("%d of %d callbacks with limit %d, want %d of 8, %v", len(newest), all, tt.limit, len(tt.want), err)
			}
			for i, c := range newest {
				of := kept[len(kept)-len(newest)+i]
				want := gateway.CallbackSummary{ID: of.ID, Remote: of.Remote, Verdict: fmt.Sprint("verdict ", tt.want[i]), Size: tt.want[i], ReceivedAt: of.ReceivedAt}
				same(b, c, want)
			}
			return err
		})
	}
	b.view(func(tx gateway.Tx) error {
		none, all, err := tx.NewestCallbacks(bare, 3)
		if len(none) != 0 || all != 0 {
			b.Errorf("of a payment without any: %d of %d", len(none), all)
		}
		return err
	})
}

// They are found behind any number of callbacks.
func peoplesEntries(b *bench) {
	mine, other := b.insert(gateway.Payment{}), b.insert(gateway.Payment{})
	b.insertCallbacks(mine, 1, 1, gateway.Administration)
	b.insertCallbacks(mine, 2, 5, "10.0.0.1")
	b.insertCallbacks(other, 6, 6, gateway.Administration)
	b.insertCallbacks(mine, 7, 7, gateway.Administration)
	b.view(func(tx gateway.Tx) error {
		entries, err := tx.Entries(mine)
		inOrder(b, "entries", entries, 2, func(c gateway.Callback) (int64, bool) {
			return c.ID, c.PaymentID == mine && c.Remote == gateway.Administration && (len(c.Body) == 1 || len(c.Body) == 7)
		})
		return err
	})
}

func callbacksByPages(b *bench) {
	mine, other := b.insert(gateway.Payment{}), b.insert(gateway.Payment{})
	b.insertCallbacks(mine, 1, 4, "10.0.0.1")
	b.insertCallbacks(other, 5, 7, "10.0.0.1")
	b.insertCallbacks(mine, 8, 10, "10.0.0.1")
	var sizes []int
	for after, more := int64(0), true; more; {
		b.view(func(tx gateway.Tx) error {
			page, err := tx.CallbacksOf(mine, after, 3)
			if len(page) > 3 {
				b.Fatalf("a page of 3 has %d callbacks", len(page))
			}
			for _, c := range page {
				after, sizes = c.ID, append(sizes, len(c.Body))
			}
			more = len(page) > 0
			return err
		})
	}
	if !slices.Equal(sizes, []int{1, 2, 3, 4, 8, 9, 10}) {
		b.Errorf("the pages have callbacks %v", sizes)
	}
}

// A copy is the same body of the same push, of a lower id than the entry.
func cameBefore(b *bench) {
	mine, other := b.insert(gateway.Payment{}), b.insert(gateway.Payment{})
	var ids []int64
	put := func(payment int64, token, body string) {
		b.Helper()
		var c *gateway.Callback
		b.update(func(tx gateway.Tx) error {
			c = callback(1)
			c.PaymentID, c.Token, c.Body = payment, token, []byte(body)
			return tx.InsertCallback(c)
		})
		ids = append(ids, c.ID) // which it has when the update returns
	}
	put(mine, "one", "\x00a")
	put(mine, "two", "b")
	put(other, "three", "c")
	put(mine, "one", "entry")
	put(mine, "one", "d")
	entry := ids[3]
	for name, tt := range map[string]struct {
		push gateway.Push
		body string
		want bool
	}{
		"it came":             {gateway.Push{PaymentID: mine, Token: "one"}, "\x00a", true},
		"another body":        {gateway.Push{PaymentID: mine, Token: "one"}, "\x00b", false},
		"of another push":     {gateway.Push{PaymentID: mine, Token: "one"}, "b", false},
		"of another payment":  {gateway.Push{PaymentID: mine, Token: "three"}, "c", false},
		"it came after entry": {gateway.Push{PaymentID: mine, Token: "one"}, "d", false},
	} {
		b.update(func(tx gateway.Tx) error {
			got, err := tx.CameBefore(entry, tt.push, []byte(tt.body))
			if len(got) > 0 != tt.want {
				b.Errorf("%s: %q", name, got)
			}
			return err
		})
	}
}
