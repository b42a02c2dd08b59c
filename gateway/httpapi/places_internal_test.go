package httpapi

import (
	"context"
	"errors"
	"testing"
	"time"
)

// asks lets a partner ask for places, and returns how many it got at once, how many
// requests wait, and how many were refused.
func asks(p *places, partner string, n int) (got int, waits []chan bool, refused int) {
	for range n {
		switch wait, ok := p.ask(partner); {
		case wait != nil:
			waits = append(waits, wait)
		case ok:
			got++
		default:
			refused++
		}
	}
	return got, waits, refused
}

// granted counts those that have a place by now, and those that were sent away.
func granted(waits []chan bool) (given, gone int) {
	for _, w := range waits {
		select {
		case ok := <-w:
			if ok {
				given++
			} else {
				gone++
			}
		default:
		}
	}
	return given, gone
}

func TestPlacesOfOnePartnerAlone(t *testing.T) {
	p := newPlaces(8, 4, time.Hour)
	got, waits, refused := asks(p, "a", 20)
	if got != 8 || len(waits) != 4 || refused != 8 {
		t.Errorf("%d ran, %d waited, %d were refused", got, len(waits), refused)
	}
	for range 12 {
		p.leave("a")
	}
	if given, gone := granted(waits); given != 4 || gone != 0 || p.running != 0 || len(p.of) != 0 {
		t.Errorf("%d got a place, %d none; %d run; %d partners are kept", given, gone, p.running, len(p.of))
	}
}

// Two partners that want more than there is have half of the places each, and half of
// the queue, whoever came first.
func TestPlacesOfTwoBusyPartners(t *testing.T) {
	p := newPlaces(8, 8, time.Hour)
	_, ofA, _ := asks(p, "a", 100)
	_, ofB, refused := asks(p, "b", 100)
	if len(ofB) != 8 || refused != 92 {
		t.Errorf("the second waits %d times and is refused %d times", len(ofB), refused)
	}
	if _, gone := granted(ofA); gone != 8 { // the first has 8 places; the queue is the second's
		t.Errorf("the first made room %d times", gone)
	}
	for range 4 {
		p.leave("a")
	}
	if a, b := p.of["a"].total(), p.of["b"].total(); a != 4 || b != 8 {
		t.Errorf("the first has %d, the second %d", a, b)
	}
	if given, _ := granted(ofB); given != 4 {
		t.Errorf("%d of the second got a place", given)
	}
	_, again, _ := asks(p, "a", 100)
	if len(again) != 4 || p.of["a"].total() != 8 || p.of["b"].total() != 8 {
		t.Errorf("the first waits %d times again, with %d in all", len(again), p.of["a"].total())
	}
}

// A partner with less in hand than another is never refused, and its request is next.
func TestPlacesOfAQuietPartner(t *testing.T) {
	p := newPlaces(4, 4, time.Hour)
	asks(p, "a", 100)
	asks(p, "b", 100)
	p.leave("a")
	p.leave("a")
	asks(p, "b", 100) // now each has two places, and the queue is full
	for _, quiet := range []string{"c", "d"} {
		_, waits, refused := asks(p, quiet, 1)
		if refused > 0 {
			t.Fatalf("%s was refused with a at %d and b at %d", quiet, p.of["a"].total(), p.of["b"].total())
		}
		p.leave("a")
		if given, _ := granted(waits); given != 1 {
			t.Errorf("%s is not next", quiet)
		}
		p.leave(quiet)
	}
}

func TestPlacesAreWaitedForAWhile(t *testing.T) {
	p := newPlaces(1, 1, time.Millisecond)
	if !p.enter(t.Context(), "a") || p.enter(t.Context(), "a") {
		t.Error("the second has a place")
	}
	p.longest = time.Hour
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("hung up"))
	if p.enter(ctx, "a") || p.waiting != 0 {
		t.Error("one that hung up waits")
	}
	p.leave("a")
	if !p.enter(ctx, "a") || p.running != 1 {
		t.Error("a place that is free is not given")
	}
}

// One that gives up at the moment when it gets a place has the place.
func TestPlaceThatComesAtTheLastMoment(t *testing.T) {
	p := newPlaces(1, 1, time.Hour)
	p.ask("a")
	wait, _ := p.ask("b")
	p.leave("a")
	if !p.giveUp("b", wait) || p.running != 1 {
		t.Errorf("the place is lost: %d run", p.running)
	}
}
