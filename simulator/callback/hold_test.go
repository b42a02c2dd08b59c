package callback_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/callback"
)

// states is what List says, in short.
func states(s *rig) []string {
	var all []string
	for _, c := range s.List() {
		all = append(all, fmt.Sprintf("%s %s %d %d %s", c.ID[len("ws_CO_"):], c.Status, c.Attempts, c.LastStatus, c.DueAt.Sub(epoch())))
	}
	return all
}

func want(t *testing.T, r *rig, want ...string) {
	t.Helper()
	if got := states(r); !slices.Equal(got, want) {
		t.Errorf("list: %q\nwant  %q", got, want)
	}
}

func TestHoldAndRelease(t *testing.T) {
	for name, start := range map[string]func(testing.TB, int, time.Duration) *rig{"frozen": start, "running": startRunning} {
		t.Run(name, func(t *testing.T) {
			r := start(t, 0, 0)
			m := arrive(t, r)
			r.Hold()
			r.ScheduleDelivery(named("ws_CO_1", m.url, simulator.CallbackPlan{Copies: 2}))
			r.ScheduleDelivery(named("ws_CO_2", m.url, simulator.CallbackPlan{Delay: time.Second}))
			r.ScheduleDelivery(named("ws_CO_3", m.url, simulator.CallbackPlan{Delay: time.Minute}))
			r.ScheduleDelivery(named("ws_CO_4", m.url, simulator.CallbackPlan{Drop: true}))
			r.advance(t, 2*time.Second)
			m.want(t)
			want(t, r, "1 held 0 0 0s", "2 held 0 0 1s", "3 planned 0 0 1m0s", "4 dropped 0 0 0s")
			if !r.Holding() {
				t.Error("it does not hold")
			}
			r.Release()
			r.idle(t)
			m.want(t, "1@2s", "1@2s", "2@2s")
			want(t, r, "1 delivered 2 200 0s", "2 delivered 1 200 1s", "3 planned 0 0 1m0s", "4 dropped 0 0 0s")
			r.advance(t, time.Hour)
			m.want(t, "3@1m0s")
			if r.Holding() {
				t.Error("it holds still")
			}
			r.Release() // of nothing
		})
	}
}

// What was held goes in the order in which it fell due, however many there are.
func TestReleaseKeepsTheOrder(t *testing.T) {
	r := startRunning(t, 0, 0)
	m := arrive(t, r)
	r.Hold()
	var all []string
	for i := range 99 {
		r.ScheduleDelivery(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{}))
		all = append(all, fmt.Sprint(i, "@0s"))
	}
	r.Release()
	r.idle(t)
	m.want(t, all...)
}

// So it does when one of them takes its time: the others wait for it, and Idle does
// not wait for them.
func TestReleaseKeepsTheOrderOfSlowOnes(t *testing.T) {
	r := start(t, 0, 0)
	m := arrive(t, r)
	r.Hold()
	r.ScheduleDelivery(named("ws_CO_1", m.url, simulator.CallbackPlan{}))
	r.ScheduleDelivery(named("ws_CO_2", m.url, simulator.CallbackPlan{SlowBody: 9 * time.Second}))
	r.ScheduleDelivery(named("ws_CO_3", m.url, simulator.CallbackPlan{}))
	r.Release()
	r.idle(t)
	m.want(t, "1@0s")
	r.advance(t, time.Minute)
	m.want(t, "2@9s", "3@9s")
	r.Hold()
	r.ScheduleDelivery(named("ws_CO_4", m.url, simulator.CallbackPlan{SlowBody: 9 * time.Second}))
	r.ScheduleDelivery(named("ws_CO_5", m.url, simulator.CallbackPlan{}))
	r.Release()
	r.idle(t)
	if err := r.Reset(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestResend(t *testing.T) {
	r := start(t, 0, 0)
	m := arrive(t, r)
	r.ScheduleDelivery(named("ws_CO_1", m.url, simulator.CallbackPlan{Drop: true}))
	r.ScheduleDelivery(named("ws_CO_2", m.url, simulator.CallbackPlan{Delay: time.Minute, Copies: 2}))
	r.ScheduleDelivery(named("ws_CO_3", m.url, simulator.CallbackPlan{Reset: true, SlowBody: time.Minute}))
	r.advance(t, 10*time.Second)
	for _, id := range []string{"ws_CO_1", "ws_CO_2", "ws_CO_3"} {
		if err := r.Resend(id); err != nil {
			t.Error(err)
		}
		r.idle(t)
	}
	m.want(t, "1@10s", "2@10s", "3@10s")
	want(t, r, "1 delivered 1 200 0s", "2 planned 1 200 1m0s", "3 delivered 1 200 0s")
	r.advance(t, time.Hour)
	m.want(t, "2@1m0s", "2@1m0s")
	for _, k := range r.journal.list() {
		if k.Payment == "ws_CO_2" && !k.At.After(epoch().Add(10*time.Second)) && (k.Copy != 3 || !slices.Equal(k.Faults, []string{"sent again by hand"})) {
			t.Errorf("sent again: %+v", k)
		}
	}
	if err := r.Resend("ws_CO_4"); !errors.Is(err, callback.ErrUnknown) {
		t.Errorf("an unknown one: %v", err)
	}
	r.Hold()
	if err := r.Resend("ws_CO_1"); err != nil {
		t.Error(err)
	}
	r.idle(t)
	m.want(t, "1@1h0m10s")
	if err := r.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Resend("ws_CO_1"); err == nil || errors.Is(err, callback.ErrUnknown) {
		t.Errorf("after Stop: %v", err)
	}
}

func TestListTellsWhatBecameOfEach(t *testing.T) {
	r := start(t, 0, 0)
	m := open(t)
	m.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }
	gone := open(t)
	gone.Close()
	r.ScheduleDelivery(named("ws_CO_1", m.URL, simulator.CallbackPlan{}))
	r.ScheduleDelivery(named("ws_CO_2", gone.URL, simulator.CallbackPlan{}))
	r.idle(t)
	want(t, r, "1 failed 1 418 0s", "2 failed 1 0 0s")
	got := r.List()[1]
	if got.Payment != "ws_CO_2" || got.URL != gone.URL || got.Phone != "254708374149" || got.LastError == "" || string(got.Body) != `{"Body":{"id":"ws_CO_2"}}` {
		t.Errorf("%+v", got)
	}
}

func TestListIsBounded(t *testing.T) {
	r := start(t, 0, 0)
	r.Hold()
	for i := range callback.MaxKept + 10 {
		r.ScheduleDelivery(named(fmt.Sprint("ws_CO_", i), "http://127.0.0.1:1/", simulator.CallbackPlan{Drop: true}))
	}
	all := r.List()
	if len(all) != callback.MaxKept || all[0].ID != "ws_CO_10" {
		t.Errorf("%d kept, the first is %s", len(all), all[0].ID)
	}
	if err := r.Resend("ws_CO_9"); !errors.Is(err, callback.ErrUnknown) {
		t.Errorf("the first that went: %v", err)
	}
	for i := range 40 {
		big := named(fmt.Sprint("ws_CO_big", i), "http://127.0.0.1:1/", simulator.CallbackPlan{Drop: true})
		big.Body = bytes.Repeat([]byte("x"), 1<<20)
		r.ScheduleDelivery(big)
	}
	if n := len(r.List()); n < 30 || n > 32 {
		t.Errorf("%d callbacks of a megabyte kept, want what fits in 32", n)
	}
}

// A snapshot brings back what waited, however much has happened since, and as often as
// it is wanted.
func TestSnapshotAndRestore(t *testing.T) {
	r := start(t, 0, 0)
	m := arrive(t, r)
	r.ScheduleDelivery(named("ws_CO_1", m.url, simulator.CallbackPlan{}))
	r.ScheduleDelivery(named("ws_CO_2", m.url, simulator.CallbackPlan{Delay: 20 * time.Second}))
	r.ScheduleDelivery(named("ws_CO_3", m.url, simulator.CallbackPlan{Copies: 3, Gap: 10 * time.Second}))
	r.advance(t, 5*time.Second)
	m.want(t, "1@0s", "3@0s")
	r.Hold()
	r.ScheduleDelivery(named("ws_CO_4", m.url, simulator.CallbackPlan{Copies: 2}))
	r.ScheduleDelivery(named("ws_CO_5", m.url, simulator.CallbackPlan{Reorder: 1}))
	r.ScheduleDelivery(named("ws_CO_6", m.url, simulator.CallbackPlan{Drop: true}))
	shot, before, at := r.Snapshot(), states(r), r.clock.Now()

	var first []string
	for i := range 2 {
		r.Release()
		r.ScheduleDelivery(named("ws_CO_7", m.url, simulator.CallbackPlan{Delay: time.Second}))
		r.advance(t, time.Hour)
		if i == 0 {
			first = m.all()
			if !slices.Equal(first, []string{"4@5s", "4@5s", "7@6s", "5@6s", "3@10s", "2@20s", "3@20s"}) {
				t.Errorf("arrived: %q", first)
			}
		} else {
			m.want(t, first...)
		}
		r.clock.Set(at)
		r.Restore(shot)
		if got := states(r); !reflect.DeepEqual(got, before) {
			t.Errorf("restored: %q\nwant      %q", got, before)
		}
		if !r.Holding() {
			t.Error("it does not hold any more")
		}
	}
	if err := r.Reset(t.Context()); err != nil || r.Holding() || len(r.List()) != 0 {
		t.Errorf("after Reset: %v, holding %v, %q", err, r.Holding(), states(r))
	}
}

// What is on its way while a snapshot is taken counts as cut off; Restore cuts it off in
// truth.
func TestRestoreCutsOffWhatRuns(t *testing.T) {
	r := start(t, 0, 0)
	m := open(t)
	began := make(chan struct{}, 1)
	m.answer = func(_ http.ResponseWriter, req *http.Request) { began <- struct{}{}; <-req.Context().Done() }
	r.ScheduleDelivery(named("ws_CO_1", m.URL, simulator.CallbackPlan{}))
	<-began
	want(t, r, "1 sending 0 0 0s")
	r.Restore(r.Snapshot())
	want(t, r, "1 failed 0 0 0s")
	if r.List()[0].LastError == "" {
		t.Error("no word of why")
	}
	r.idle(t)
	if n := len(r.journal.list()); n != 0 {
		t.Errorf("%d records", n)
	}
	if err := r.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	r.Restore(r.Snapshot()) // nothing any more
}
