package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

func reviewTests() []test {
	return []test{
		{"payments that wait for a person are listed, whatever their state", listsReviews},
		{"payments are filtered by several states and by their result", filtersStates},
		{"open reviews are counted by state, with the oldest", countsReviews},
		{"one review is closed once, however many try", closesReviewOnce},
		{"a declared result keeps every field", storesDeclaration},
		{"declared results are listed by code, replaced and forgotten", listsDeclarations},
	}
}

// insertReviews stores four payments that wait for a person, and two that do not.
func (b *bench) insertReviews() (open []int64) {
	for _, p := range []gateway.Payment{
		{State: gateway.Review, ReviewAt: in(3 * time.Minute)},
		{State: gateway.Paid, ReviewAt: in(time.Minute)},
		{State: gateway.Paid},
		{State: gateway.Unknown, Partner: "other", ReviewAt: in(2 * time.Minute)},
		{State: gateway.Review, ReviewAt: in(time.Minute)},
		{State: gateway.Failed, ReviewReason: "an old one"},
	} {
		if id := b.insertNext(p); !p.ReviewAt.IsZero() {
			open = append(open, id)
		}
	}
	return open
}

func (b *bench) listed(f gateway.PaymentFilter) (ids []int64) {
	b.Helper()
	b.view(func(tx gateway.Tx) error {
		ids = nil
		ps, err := tx.Payments(f)
		for _, p := range ps {
			ids = append(ids, p.ID)
		}
		return err
	})
	return ids
}

func listsReviews(b *bench) {
	open := b.insertReviews()
	for name, tt := range map[string]struct {
		f    gateway.PaymentFilter
		want []int64
	}{
		"all":              {gateway.PaymentFilter{InReview: true}, open},
		"after":            {gateway.PaymentFilter{InReview: true, After: open[0]}, open[1:]},
		"limit":            {gateway.PaymentFilter{InReview: true, Limit: 2}, open[:2]},
		"a page":           {gateway.PaymentFilter{InReview: true, After: open[0], Limit: 2}, open[1:3]},
		"partner":          {gateway.PaymentFilter{InReview: true, Partner: "other"}, open[2:3]},
		"state":            {gateway.PaymentFilter{InReview: true, State: gateway.Review}, []int64{open[0], open[3]}},
		"states":           {gateway.PaymentFilter{InReview: true, States: []gateway.State{gateway.Paid, gateway.Unknown}}, open[1:3]},
		"none in a state":  {gateway.PaymentFilter{InReview: true, State: gateway.Failed}, nil},
		"partner and page": {gateway.PaymentFilter{InReview: true, Partner: "acme", After: open[0], Limit: 1}, open[1:2]},
	} {
		if got := b.listed(tt.f); !slices.Equal(got, tt.want) {
			b.Errorf("%s: payments %v, want %v", name, got, tt.want)
		}
	}
	p := b.payment(open[1])
	p.ReviewAt = time.Time{}
	b.update(func(tx gateway.Tx) error { return tx.SavePayment(p) })
	b.restart()
	if got, want := b.listed(gateway.PaymentFilter{InReview: true}), slices.Delete(slices.Clone(open), 1, 2); !slices.Equal(got, want) {
		b.Errorf("after one was closed: payments %v, want %v", got, want)
	}
}

func filtersStates(b *bench) {
	one := b.insertNext(gateway.Payment{State: gateway.Paid, ResultCode: "0"})
	two := b.insertNext(gateway.Payment{State: gateway.Pending, ResultCode: "1050"})
	three := b.insertNext(gateway.Payment{State: gateway.Unresolved, ResultCode: "1050"})
	for name, tt := range map[string]struct {
		f    gateway.PaymentFilter
		want []int64
	}{
		"one state":        {gateway.PaymentFilter{States: []gateway.State{gateway.Paid}}, []int64{one}},
		"two states":       {gateway.PaymentFilter{States: []gateway.State{gateway.Unresolved, gateway.Paid}}, []int64{one, three}},
		"result":           {gateway.PaymentFilter{ResultCode: "1050"}, []int64{two, three}},
		"states and state": {gateway.PaymentFilter{States: []gateway.State{gateway.Unresolved, gateway.Paid}, State: gateway.Pending}, nil},
		"result and state": {gateway.PaymentFilter{ResultCode: "1050", States: []gateway.State{gateway.Unresolved}}, []int64{three}},
	} {
		if got := b.listed(tt.f); !slices.Equal(got, tt.want) {
			b.Errorf("%s: payments %v, want %v", name, got, tt.want)
		}
	}
}

func countsReviews(b *bench) {
	check := func(want []gateway.StateCount) {
		b.Helper()
		b.view(func(tx gateway.Tx) error {
			got, err := tx.OpenReviews()
			sameList(b, got, want)
			return err
		})
	}
	check(nil)
	b.insertReviews()
	check([]gateway.StateCount{
		{State: gateway.Paid, Count: 1, Oldest: in(time.Minute)},
		{State: gateway.Review, Count: 2, Oldest: in(time.Minute)},
		{State: gateway.Unknown, Count: 1, Oldest: in(2 * time.Minute)},
	})
}

func closesReviewOnce(b *bench) {
	id := b.insertNext(gateway.Payment{State: gateway.Review, ReviewAt: start})
	errClosed := errors.New("closed before")
	errs := b.together(20, func(int) error {
		return b.Update(b.ctx, func(tx gateway.Tx) error {
			p, err := tx.Payment(id)
			if err != nil {
				return err
			}
			if p.ReviewAt.IsZero() {
				return errClosed
			}
			p.ReviewAt = time.Time{}
			if err := tx.SavePayment(p); err != nil {
				return err
			}
			return tx.InsertCallback(&gateway.Callback{PaymentID: id, Body: []byte("{}")})
		})
	})
	closed := 0
	for _, err := range errs {
		switch {
		case err == nil:
			closed++
		case !errors.Is(err, errClosed):
			b.Error(err)
		}
	}
	b.view(func(tx gateway.Tx) error {
		notes, err := tx.CallbacksOf(id, 0, 100)
		if closed != 1 || len(notes) != 1 {
			b.Errorf("closed %d times, %d notes", closed, len(notes))
		}
		return err
	})
}

func storesDeclaration(b *bench) {
	var d gateway.Declaration
	fill(b, &d, 1)
	b.update(func(tx gateway.Tx) error { return tx.SaveDeclaration(d) })
	b.restart()
	b.view(func(tx gateway.Tx) error {
		got, err := tx.Declaration(d.Code)
		same(b, got, d)
		if _, err := tx.Declaration("another"); !errors.Is(err, gateway.ErrNotFound) {
			b.Errorf("an undeclared code: %v", err)
		}
		return err
	})
}

func listsDeclarations(b *bench) {
	of := func(code daraja.ResultCode, outcome gateway.DeclaredOutcome) gateway.Declaration {
		return gateway.Declaration{Code: code, Outcome: outcome, Note: "n", By: "jane", At: start}
	}
	b.update(func(tx gateway.Tx) error {
		return errors.Join(tx.SaveDeclaration(of("b1", "failed")), tx.SaveDeclaration(of("B1", "failed")),
			tx.SaveDeclaration(of("1050", "failed")), tx.SaveDeclaration(of("b1", "pending")))
	})
	check := func(want ...gateway.Declaration) {
		b.Helper()
		b.view(func(tx gateway.Tx) error {
			got, err := tx.Declarations()
			sameList(b, got, want)
			return err
		})
	}
	check(of("1050", "failed"), of("B1", "failed"), of("b1", "pending"))
	b.update(func(tx gateway.Tx) error { return tx.DeleteDeclaration("B1") })
	check(of("1050", "failed"), of("b1", "pending"))
	err := b.Update(b.ctx, func(tx gateway.Tx) error { return tx.DeleteDeclaration("B1") })
	if !errors.Is(err, gateway.ErrNotFound) {
		b.Errorf("deleting it again: %v", err)
	}
}
