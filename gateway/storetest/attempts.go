package storetest

import (
	"slices"

	"github.com/darajabox/darajabox/gateway"
)

// A webhook may have any number of attempts.
func attemptTests() []test {
	return []test{
		{"the newest", newestAttempts},
		{"whether one reached the partner", reached},
		{"replies with digits", repliesWith},
	}
}

// insertAttempts stores attempts of a delivery with these replies, the first with number 1.
func (b *bench) insertAttempts(delivery int64, replies ...string) {
	b.Helper()
	b.update(func(tx gateway.Tx) error {
		for i, reply := range replies {
			if err := tx.InsertAttempt(gateway.Attempt{DeliveryID: delivery, Number: i + 1, At: start, Reply: reply}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *bench) wantReplies(delivery int64, want ...string) {
	b.Helper()
	b.view(func(tx gateway.Tx) error {
		var got []string
		all, err := tx.NewestAttempts(delivery, 100)
		for _, a := range all {
			got = append(got, a.Reply)
		}
		if !slices.Equal(got, want) {
			b.Errorf("the replies are %q, want %q", got, want)
		}
		return err
	})
}

func numbers(attempts []gateway.Attempt) (got []int) {
	for _, a := range attempts {
		got = append(got, a.Number)
	}
	return got
}

func newestAttempts(b *bench) {
	id := b.insertDelivery(start)
	b.insertAttempts(id, "a", "b", "c", "d")
	b.insertAttempts(b.insertDelivery(start), "e")
	b.view(func(tx gateway.Tx) error {
		for limit, want := range map[int][]int{1: {4}, 3: {2, 3, 4}, 4: {1, 2, 3, 4}, 9: {1, 2, 3, 4}} {
			got, err := tx.NewestAttempts(id, limit)
			if err != nil {
				return err
			}
			if !slices.Equal(numbers(got), want) {
				b.Errorf("with limit %d, attempts %v, want %v", limit, numbers(got), want)
			}
		}
		return nil
	})
}

func reached(b *bench) {
	for status, want := range map[int]bool{0: false, 199: false, 200: true, 204: true, 299: true, 300: false, 500: false} {
		id := b.insertDelivery(start)
		b.update(func(tx gateway.Tx) error {
			for i, s := range []int{500, status, 404} {
				if err := tx.InsertAttempt(gateway.Attempt{DeliveryID: id, Number: i + 1, At: start, Status: s}); err != nil {
					return err
				}
			}
			return nil
		})
		b.view(func(tx gateway.Tx) error {
			got, err := tx.Reached(id)
			if got != want {
				b.Errorf("with status %d: %t", status, got)
			}
			return err
		})
	}
	none := b.insertDelivery(start)
	b.view(func(tx gateway.Tx) error {
		got, err := tx.Reached(none)
		if got {
			b.Error("without an attempt it is reached")
		}
		return err
	})
}

func repliesWith(b *bench) {
	id := b.insertDelivery(start)
	b.insertAttempts(id, "no", "0712-345 678", "", "712345678", "71234567", "7x1x2x3x4x5x6x7x8", "712345678")
	b.insertAttempts(b.insertDelivery(start), "712345678")
	b.view(func(tx gateway.Tx) error {
		var got []int
		for after := 0; ; {
			page, err := tx.RepliesWith(id, someDigits, after, 2)
			if err != nil || len(page) == 0 {
				if want := []int{2, 4, 6, 7}; !slices.Equal(got, want) {
					b.Errorf("found %v, want %v", got, want)
				}
				return err
			}
			got = append(got, numbers(page)...)
			after = page[len(page)-1].Number
		}
	})
}
