package storetest

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

func recordTests() []test {
	return []test{
		{"every field of a payment is stored", storesPayment},
		{"every field of a push is stored", storesPush},
		{"every field of a callback is stored", storesCallback},
		{"every field of a delivery is stored", storesDelivery},
		{"every field of an attempt is stored", storesAttempt},
		{"what is empty stays empty", storesEmpty},
		{"a callback is kept whatever bytes it has", storesHostile},
	}
}

func storesPayment(b *bench) {
	var first, second gateway.Payment
	fill(b, &first, 1)
	b.update(func(tx gateway.Tx) error { return tx.InsertPayment(&first) })
	same(b, *b.payment(first.ID), first)

	fill(b, &second, 2)
	second.ID, second.Support = first.ID, false
	b.update(func(tx gateway.Tx) error { return tx.SavePayment(&second) })
	same(b, *b.payment(first.ID), second)
	b.restart()
	same(b, *b.payment(first.ID), second)
}

func storesPush(b *bench) {
	var first, second gateway.Push
	fill(b, &first, 1)
	fill(b, &second, 2)
	first.PaymentID = b.insert(gateway.Payment{})
	second.PaymentID, second.Token = first.PaymentID, first.Token
	check := func(want gateway.Push) {
		b.Helper()
		b.view(func(tx gateway.Tx) error {
			got, err := tx.PushByToken(first.Token)
			same(b, got, want)
			return err
		})
	}
	b.update(func(tx gateway.Tx) error { return tx.InsertPush(first) })
	check(first)
	b.update(func(tx gateway.Tx) error { return tx.SavePush(second) })
	check(second)
}

func storesCallback(b *bench) {
	var c gateway.Callback
	fill(b, &c, 1)
	c.PaymentID, c.ErasedAt = b.insert(gateway.Payment{}), time.Time{}
	c.Proof = gateway.Proven // is not kept
	b.update(func(tx gateway.Tx) error { return tx.InsertCallback(&c) })
	b.view(func(tx gateway.Tx) error {
		got, err := tx.CallbacksOf(c.PaymentID, 0, 100)
		sameList(b, got, []gateway.Callback{c})
		return err
	})
}

func storesDelivery(b *bench) {
	var first, second gateway.Delivery
	fill(b, &first, 1)
	fill(b, &second, 2)
	first.PaymentID = b.insert(gateway.Payment{})
	first.State, second.State = gateway.DeliveryDue, gateway.DeliveryDue // others have no DueAt
	b.update(func(tx gateway.Tx) error { return tx.InsertDelivery(&first) })
	second.ID, second.PaymentID = first.ID, first.PaymentID
	check := func(want gateway.Delivery) {
		b.Helper()
		b.view(func(tx gateway.Tx) error {
			got, err := tx.Delivery(first.ID)
			if err == nil {
				same(b, *got, want)
			}
			return err
		})
	}
	check(first)
	b.update(func(tx gateway.Tx) error { return tx.SaveDelivery(&second) })
	check(second)
	second.State, second.DueAt = gateway.DeliveryDone, time.Time{}
	b.update(func(tx gateway.Tx) error { return tx.SaveDelivery(&second) })
	check(second)
}

func storesAttempt(b *bench) {
	var a gateway.Attempt
	fill(b, &a, 1)
	a.DeliveryID = b.insertDelivery(start)
	b.update(func(tx gateway.Tx) error { return tx.InsertAttempt(a) })
	b.view(func(tx gateway.Tx) error {
		got, err := tx.NewestAttempts(a.DeliveryID, 100)
		sameList(b, got, []gateway.Attempt{a})
		return err
	})
}

func storesEmpty(b *bench) {
	p := gateway.Payment{Partner: "acme", Direction: gateway.Collect, State: gateway.Sending, Amount: 100}
	b.update(func(tx gateway.Tx) error { return tx.InsertPayment(&p) })
	same(b, *b.payment(p.ID), p)
	c := gateway.Callback{}
	d := gateway.Delivery{PaymentID: p.ID, Partner: "acme", State: gateway.DeliveryDone}
	b.update(func(tx gateway.Tx) error {
		if err := tx.InsertCallback(&c); err != nil {
			return err
		}
		return tx.InsertDelivery(&d)
	})
	b.view(func(tx gateway.Tx) error {
		callbacks, err := tx.CallbacksOf(0, 0, 100)
		if err != nil {
			return err
		}
		sameList(b, callbacks, []gateway.Callback{c})
		got, err := tx.Delivery(d.ID)
		if err == nil {
			same(b, *got, d)
		}
		return err
	})
}

func storesHostile(b *bench) {
	c := gateway.Callback{Token: "a\x00b\xff", Remote: "127.0.0.1", Body: []byte("\x00\xff{'\n"), Verdict: "unknown token"}
	b.update(func(tx gateway.Tx) error { return tx.InsertCallback(&c) })
	b.view(func(tx gateway.Tx) error {
		got, err := tx.CallbacksOf(0, 0, 100)
		sameList(b, got, []gateway.Callback{c})
		return err
	})
}

// fill sets every field of a struct to something that is not zero and that differs
// from field to field and from seed to seed. A field that it can't set fails the
// test, so that nobody adds one unseen.
func fill(t testing.TB, to any, seed int) {
	t.Helper()
	v := reflect.ValueOf(to).Elem()
	for i := range v.NumField() {
		name, n := v.Type().Field(i).Name, int64(100*seed+i)
		switch f := v.Field(i); f.Interface().(type) {
		case time.Time:
			f.Set(reflect.ValueOf(start.Add(time.Duration(n) * 1_000_001 * time.Microsecond)))
		case []byte:
			f.SetBytes(fmt.Appendf(nil, `{"%s":%d}`, name, n))
		default:
			switch f.Kind() {
			case reflect.String:
				f.SetString(fmt.Sprintf("%s-%d", name, n))
			case reflect.Int, reflect.Int64:
				f.SetInt(n)
			case reflect.Bool:
				f.SetBool(true)
			case reflect.Struct:
				fill(t, f.Addr().Interface(), seed)
			default:
				t.Fatalf("the suite can't fill field %s of %T; teach it", name, to)
			}
		}
	}
}

// same compares two structs field by field, times as instants in UTC.
func same[T any](t testing.TB, got, want T) {
	t.Helper()
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	for i := range g.NumField() {
		equal := false
		switch wv := w.Field(i).Interface().(type) {
		case time.Time:
			gv := g.Field(i).Interface().(time.Time)
			equal = gv.Equal(wv) && gv.Location() == time.UTC
		case []byte:
			equal = bytes.Equal(g.Field(i).Bytes(), wv)
		default:
			equal = reflect.DeepEqual(g.Field(i).Interface(), wv)
		}
		if !equal {
			t.Errorf("%T.%s: got %#v, want %#v", got, g.Type().Field(i).Name, g.Field(i).Interface(), w.Field(i).Interface())
		}
	}
}

func sameList[T any](t testing.TB, got, want []T) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d of %T, want %d", len(got), want, len(want))
	}
	for i := range got {
		same(t, got[i], want[i])
	}
}
