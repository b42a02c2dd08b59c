package mpesa

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// maxUnderWay bounds the calls of one product that wait for Daraja at a time, so that
// a Daraja that hangs leaves room for everything else.
const maxUnderWay = 128

// Products of Daraja.
const (
	ProductPush  = "push"
	ProductQuery = "query"
)

// Products lists them.
func Products() []string { return []string{ProductPush, ProductQuery} }

// Why a call is put off.
const (
	reasonBreaker = "breaker" // Daraja counts as down
	reasonLimiter = "limiter" // the shortcode's rate, or Daraja's own limiter
	reasonCrowd   = "crowd"   // enough calls wait for their answers
)

// product is one of Daraja's, which fail apart from one another: pushes or queries. A
// token that can't be had is a failure of the call that needed it.
type product struct {
	breaker  *breaker
	limiter  *limiter
	putOff   func(reason string)
	crowd    *crowd
	underWay atomic.Int64
}

func newProduct(name string, cfg Config, l *limiter, perSecond float64, longest time.Duration) *product {
	p := &product{limiter: l, crowd: newCrowd(cfg.Clock, perSecond, longest)}
	p.putOff = func(reason string) {
		if cfg.PutOff != nil {
			cfg.PutOff(name, reason)
		}
	}
	p.breaker = &breaker{Breaker: cfg.Breaker.withDefaults(), clock: cfg.Clock, moved: func(m breakerMove) { logMove(cfg.Log, name, m) }}
	return p
}

// logMove logs that the breaker of a product opens, stays open, or closes.
func logMove(log gateway.Logger, product string, m breakerMove) {
	switch {
	case m.again:
		log.Info("M-PESA is still down: the probe of the circuit breaker failed", "product", product, "next_try_in", m.pause)
	case m.open:
		log.Warn("the circuit breaker opened: M-PESA counts as down and gets no calls until the next try", "product", product, "failures", m.failures, "next_try_in", m.pause)
	default:
		log.Info("the circuit breaker closed: M-PESA answers again", "product", product)
	}
}

// leave returns 0 when a call of a partner may be made now, and how long to wait
// otherwise. Those who wait are told different times.
func (p *product) leave(partner string) time.Duration {
	reason, wait, next := p.hindrance(partner, p.limiter.leave)
	if wait == 0 {
		reason, wait = reasonBreaker, p.breaker.leave() // above 0 when another became the probe
	}
	if wait == 0 {
		return 0
	}
	p.putOff(reason)
	if next {
		return wait
	}
	return p.crowd.place(partner, wait)
}

// hindrance says what a call must wait for, and how long at least. limit is leave or wait
// of the limiter, which is asked last.
func (p *product) hindrance(partner string, limit func(partner string) (time.Duration, bool)) (reason string, wait time.Duration, next bool) {
	if p.underWay.Load() >= maxUnderWay {
		return reasonCrowd, time.Second, false
	}
	if wait := p.breaker.wait(); wait > 0 {
		return reasonBreaker, wait, false
	}
	wait, next = limit(partner)
	return reasonLimiter, wait, next
}

// outcome is what a call says of Daraja.
type outcome struct {
	health health
	phone  daraja.MSISDN // that a failure may be due to, "" when it is about no phone
	pause  time.Duration // that Daraja's limiter asks for
}

// outcomeOf reads the outcome of a call that is about no phone.
func outcomeOf(r reply, err error) outcome {
	return outcome{health: judge(r, err), pause: r.pause}
}

// outcomeOfPush reads the outcome of a push. One that may have become a prompt is a
// failure whatever was answered, and may be due to the phone.
func outcomeOfPush(r reply, err error, ambiguous bool, phone daraja.MSISDN) outcome {
	o := outcomeOf(r, err)
	if ambiguous && o.health != nothing {
		o.health, o.phone = down, phone
	}
	return o
}

// begin counts a call as under way. done must be called with what came of it.
func (p *product) begin() (done func(outcome)) {
	p.underWay.Add(1)
	epoch := p.breaker.begin()
	return func(o outcome) {
		p.underWay.Add(-1)
		switch o.health {
		case alive:
			p.limiter.well()
			p.breaker.done(epoch, call{ok: true})
		case limited:
			p.limiter.struck(o.pause)
			p.breaker.done(epoch, call{})
		case down:
			p.breaker.done(epoch, call{phone: o.phone})
		case nothing:
		}
	}
}

// health is what a call says of Daraja.
type health int

const (
	down    health = iota // nobody judged it
	limited               // Daraja's limiter struck
	alive                 // Daraja has judged the request, whatever the judgement
	nothing               // we hung up ourselves
)

// judge says what a call tells of Daraja's health.
func judge(r reply, err error) health {
	var f *failure
	switch {
	case errors.Is(err, errClosed), errors.Is(err, context.Canceled):
		return nothing
	case errors.As(err, &f):
		return f.health
	case err != nil:
		return down
	}
	if e, ok := daraja.ParseError(r.status, r.body); ok {
		return judgeRefusal(e)
	}
	switch {
	case r.status == http.StatusTooManyRequests:
		return limited
	case r.status == http.StatusForbidden: // the firewall's
		return down
	case r.status >= 400 && r.status < 500:
		return alive
	case r.status < 200, r.status >= 300, len(r.body) == 0, r.body[0] == '<': // a page says nothing, whatever its status
		return down
	default:
		return alive
	}
}

// judgeRefusal tells refusals of the request from those that every request would get.
// Several share a code, so some are known by their words.
func judgeRefusal(e *daraja.Error) health {
	switch {
	case e.Status == http.StatusTooManyRequests, e.Code == daraja.ErrSpikeArrest().Code, e.Code == daraja.ErrQuota().Code:
		return limited
	case e.Code == daraja.ErrInternal().Code, e.Code == daraja.ErrMaintenance().Code && e.Message == daraja.ErrMaintenance().Message,
		e.Message == daraja.ErrUnreachable().Message:
		return down
	default:
		return alive
	}
}
