package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

func erasureTests() []test {
	return []test{
		{"a callback that is erased before it is kept", erasesBeforeKeeping},
		{"some of those that come together", erasesSomeTogether},
		{"the callbacks of a payment, some at a time", erasesCallbacks},
		{"payments that were erased and have data again", filtersAgain},
		{"payments with digits in a text", findsDigits},
		{"payments with digits, page by page", findsDigitsByPages},
		{"what was known of a URL is forgotten", deletesEndpoint},
		{"a purge loses nothing", purges},
	}
}

// erasedBefore is the nth callback, erased.
func erasedBefore(n int) *gateway.Callback {
	c := callback(n)
	c.Erase(in(time.Hour))
	return c
}

func (b *bench) wantErased(c gateway.Callback, n int) {
	b.Helper()
	if want := callback(n).SumBody(); !bytes.Equal(c.Digest, want) || len(c.Body)+len(c.Salt) > 0 || !c.ErasedAt.Equal(in(time.Hour)) {
		b.Errorf("callback %d: body %q, salt %q, digest %x, want %x, erased at %v", c.ID, c.Body, c.Salt, c.Digest, want, c.ErasedAt)
	}
}

// The body is not kept, its digest is, and the chain covers it.
func erasesBeforeKeeping(b *bench) {
	b.update(func(tx gateway.Tx) error { return tx.InsertCallback(callback(0)) })
	b.update(func(tx gateway.Tx) error {
		if err := tx.InsertCallback(erasedBefore(1)); err != nil {
			return err
		}
		_, err := tx.Payments(gateway.PaymentFilter{}) // a look-up in between
		return err
	})
	b.update(func(tx gateway.Tx) error { return tx.InsertCallback(callback(2)) })
	b.restart()
	all := b.wantChain(3)
	b.wantErased(all[1], 1)
	if len(all[2].Body) == 0 {
		b.Error("the one after it was erased")
	}
}

func erasesSomeTogether(b *bench) {
	const n = 20
	ids := make([]int64, n)
	for i, err := range b.together(n, func(i int) error {
		c := callback(i)
		if i%2 == 0 {
			c = erasedBefore(i)
		}
		err := b.Update(b.ctx, func(tx gateway.Tx) error { return tx.InsertCallback(c) })
		ids[i] = c.ID
		return err
	}) {
		if err != nil {
			b.Errorf("callback %d: %v", i, err)
		}
	}
	all := b.wantChain(n)
	for i, id := range ids {
		c := all[slices.IndexFunc(all, func(c gateway.Callback) bool { return c.ID == id })]
		if i%2 == 0 {
			b.wantErased(c, i)
		} else if !c.ErasedAt.IsZero() || len(c.Body) == 0 {
			b.Errorf("callback %d was erased", id)
		}
	}
}

func filtersAgain(b *bench) {
	b.insertNext(gateway.Payment{})
	again, erased := b.insertNext(gateway.Payment{}), b.insertNext(gateway.Payment{})
	b.update(func(tx gateway.Tx) error {
		var errs []error
		for _, id := range []int64{again, erased} {
			p, err := tx.Payment(id)
			if err != nil {
				return err
			}
			p.Phone = ""
			if id == erased {
				p.ErasedAt = start
			}
			errs = append(errs, tx.SavePayment(p))
		}
		return errors.Join(errs...)
	})
	b.view(func(tx gateway.Tx) error {
		got, err := tx.Payments(gateway.PaymentFilter{Again: true})
		if len(got) != 1 || got[0].ID != again {
			b.Errorf("%d payments, want payment %d only", len(got), again)
		}
		return err
	})
}

// someDigits are looked for.
const someDigits = "712345678"

// findsDigits has the digits in one text at a time.
func findsDigits(b *bench) {
	const digits, spelt = someDigits, "0712-345 678"
	for i, p := range []gateway.Payment{
		{Reference: spelt}, {CallbackURL: "https://x/?p=" + spelt}, {IdempotencyKey: "k-0712-345-678"}, {ResultDesc: spelt}, {Refusal: spelt},
		{ReviewReason: spelt}, {MerchantRequestID: "9-" + digits}, {CheckoutRequestID: "ws_CO_0101" + digits}, {Refusal: `\` + spelt},
	} {
		b.wantFound(fmt.Sprint("text ", i), b.insertNext(p), true)
	}
	const percent, escaped = "%37%312%33%34%35%36%37%38", `\u00371\u00323\u0034\u0035\u0036\u0037\u0038`
	for name, p := range map[string]gateway.Payment{
		"URL": {CallbackURL: "https://x/?p=" + percent}, "result": {ResultDesc: escaped}, "refusal": {Refusal: escaped},
	} {
		b.wantFound("encoded, "+name, b.insertNext(p), true)
	}
	for name, p := range map[string]gateway.Payment{
		"none": {}, "others": {Reference: "0712345679"}, "in another order": {Reference: "876543217"}, "too few": {Reference: "71234567"},
	} {
		b.wantFound(name, b.insertNext(p), false)
	}
	b.findsDigitsIn("detail of a push", func(tx gateway.Tx, id int64) error {
		return tx.InsertPush(gateway.Push{Token: "a", PaymentID: id, Number: 1, State: gateway.PushRefused, Detail: spelt})
	})
	b.findsDigitsIn("id of a push", func(tx gateway.Tx, id int64) error {
		return tx.InsertPush(gateway.Push{Token: "b", PaymentID: id, Number: 1, State: gateway.PushAccepted, CheckoutRequestID: "ws" + digits})
	})
	for name, d := range map[string]gateway.Delivery{
		"URL": {URL: "https://x/" + spelt}, "body": {Body: []byte("{\"phone\":\"254" + digits + "\xff\"}")}, "reason": {Reason: spelt},
	} {
		b.findsDigitsIn(name+" of a webhook", func(tx gateway.Tx, id int64) error {
			d.PaymentID, d.Partner, d.State = id, "acme", gateway.DeliveryDone
			return tx.InsertDelivery(&d)
		})
	}
	b.findsDigitsIn("reply", func(tx gateway.Tx, id int64) error {
		d := gateway.Delivery{PaymentID: id, Partner: "acme", State: gateway.DeliveryDone}
		if err := tx.InsertDelivery(&d); err != nil {
			return err
		}
		return tx.InsertAttempt(gateway.Attempt{DeliveryID: d.ID, Number: 1, At: start, Reply: spelt})
	})
}

func (b *bench) findsDigitsIn(what string, put func(tx gateway.Tx, id int64) error) {
	b.Helper()
	id := b.insertNext(gateway.Payment{})
	b.update(func(tx gateway.Tx) error { return put(tx, id) })
	b.wantFound(what, id, true)
}

func (b *bench) wantFound(what string, id int64, want bool) {
	b.Helper()
	b.view(func(tx gateway.Tx) error {
		found, last, err := tx.PaymentsWith(someDigits, id-1, 1)
		if slices.Contains(found, id) != want || last != id {
			b.Errorf("%s: found %v of payment %d (the last is %d), want it found %t", what, found, id, last, want)
		}
		return err
	})
}

func findsDigitsByPages(b *bench) {
	var want []int64
	for i := range 10 {
		p := gateway.Payment{}
		if i%3 == 0 {
			p.Reference = "712345678"
		}
		if id := b.insertNext(p); i%3 == 0 {
			want = append(want, id)
		}
	}
	var got []int64
	for after, more := int64(0), true; more; {
		b.view(func(tx gateway.Tx) error {
			found, last, err := tx.PaymentsWith("712345678", after, 4)
			got, after, more = append(got, found...), last, last != 0
			return err
		})
	}
	if !slices.Equal(got, want) {
		b.Errorf("found %v, want %v", got, want)
	}
}

func deletesEndpoint(b *bench) {
	const url = "https://x/?p=254712345678"
	e := gateway.Endpoint{Partner: "acme", URL: url, DisabledAt: start, Reason: "gone"}
	b.update(func(tx gateway.Tx) error { return tx.SaveEndpoint(e) })
	b.update(func(tx gateway.Tx) error { return tx.DeleteEndpoint("other", url) }) // which nothing is known of
	b.view(func(tx gateway.Tx) error {
		_, err := tx.Endpoint("acme", url)
		return err
	})
	b.update(func(tx gateway.Tx) error { return tx.DeleteEndpoint("acme", url) })
	b.view(func(tx gateway.Tx) error {
		if _, err := tx.Endpoint("acme", url); !errors.Is(err, gateway.ErrNotFound) {
			b.Errorf("the endpoint is still known: %v", err)
		}
		return nil
	})
}

func purges(b *bench) {
	purger, ok := b.Store.(gateway.Purger)
	if !ok {
		b.Fatal("it can't purge")
	}
	id := b.insertNext(gateway.Payment{Reference: "before"})
	if _, err := purger.Purge(b.ctx); err != nil {
		b.Fatal(err)
	}
	later := b.insertNext(gateway.Payment{Reference: "after"})
	b.restart()
	b.view(func(tx gateway.Tx) error {
		_, err := tx.Payment(id)
		_, err2 := tx.Payment(later)
		return errors.Join(err, err2)
	})
	if err := b.Ping(b.ctx); err != nil {
		b.Errorf("after it: %v", err)
	}
}

// No more are erased than is asked for, none twice, and none of another payment.
func erasesCallbacks(b *bench) {
	mine, other := b.insert(gateway.Payment{}), b.insert(gateway.Payment{})
	b.insertCallbacks(mine, 1, 5, "10.0.0.1")
	b.insertCallbacks(other, 6, 7, "10.0.0.1")
	b.insertCallbacks(0, 8, 8, "10.0.0.1")
	for i, want := range []int{2, 2, 1, 0} {
		b.update(func(tx gateway.Tx) error {
			n, err := tx.EraseCallbacks(mine, 2, in(time.Duration(i)*time.Hour))
			if n != want {
				b.Errorf("time %d: %d are erased, want %d", i, n, want)
			}
			return err
		})
	}
	b.update(func(tx gateway.Tx) error {
		if err := tx.InsertCallback(&gateway.Callback{PaymentID: mine, Body: []byte("x")}); err != nil {
			return err
		}
		n, err := tx.EraseCallbacks(mine, 0, start)
		if err != nil {
			return err
		}
		also, err := tx.EraseCallbacks(mine, 2, in(9*time.Hour)) // of the same update, too
		if err == nil && (n != 0 || also != 1) {
			b.Errorf("%d with limit 0, then %d are erased", n, also)
		}
		return err
	})
	b.restart()
	for _, c := range b.wantChain(9) {
		if erased := len(c.Body)+len(c.Salt) == 0 && !c.ErasedAt.IsZero(); erased != (c.PaymentID == mine) || len(c.Digest) == 0 {
			b.Errorf("callback %d of payment %d: body %q, erased at %v", c.ID, c.PaymentID, c.Body, c.ErasedAt)
		}
	}
}
