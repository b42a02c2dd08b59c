package postgres

import (
	"context"
	"errors"
)

// batcher answers questions that come one by one with one query for all that wait.
type batcher[Q, A any] struct {
	questions chan question[Q, A]
	answer    func(context.Context, []Q) ([]A, error)
	stopped   chan struct{}
}

type question[Q, A any] struct {
	q     Q
	reply chan reply[A]
}

type reply[A any] struct {
	a   A
	err error
}

// mostQuestions is how many share a query.
const mostQuestions = 256

func newBatcher[Q, A any](answer func(context.Context, []Q) ([]A, error)) *batcher[Q, A] {
	return &batcher[Q, A]{questions: make(chan question[Q, A], mostQuestions), answer: answer, stopped: make(chan struct{})}
}

var errStopped = errors.New("the work has ended")

// ask waits for an answer.
func (b *batcher[Q, A]) ask(q Q) (A, error) {
	one := question[Q, A]{q, make(chan reply[A], 1)}
	select {
	case b.questions <- one:
	case <-b.stopped:
		var none A
		return none, errStopped
	}
	select {
	case r := <-one.reply:
		return r.a, r.err
	case <-b.stopped:
		var none A
		return none, errStopped
	}
}

// loop answers until ctx ends; nobody may ask by then.
func (b *batcher[Q, A]) loop(ctx context.Context) {
	defer close(b.stopped)
	for {
		select {
		case first := <-b.questions:
			b.reply(ctx, b.collect(first))
		case <-ctx.Done():
			return
		}
	}
}

// collect takes what waits with the first question.
func (b *batcher[Q, A]) collect(first question[Q, A]) []question[Q, A] {
	all := []question[Q, A]{first}
	for len(all) < mostQuestions {
		select {
		case q := <-b.questions:
			all = append(all, q)
		default:
			return all
		}
	}
	return all
}

func (b *batcher[Q, A]) reply(ctx context.Context, all []question[Q, A]) {
	qs := make([]Q, len(all))
	for i, q := range all {
		qs[i] = q.q
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	as, err := b.answer(ctx, qs)
	for i, q := range all {
		r := reply[A]{err: err}
		if err == nil {
			r.a = as[i]
		}
		q.reply <- r
	}
}
