package iotsim_test

import (
	"slices"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/iotsim"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

// about are the fields of a call about the first SIM, and more.
func about(more ...string) producttest.Values {
	v := producttest.Values{"msisdn": iotsim.FirstSIM, "vpnGroup": iotsim.Account, "username": "jane@example.com"}
	for i := 0; i < len(more); i += 2 {
		v[more[i]] = daraja.Text(more[i+1])
	}
	return v
}

func send(t *testing.T, b *producttest.Bench, fields producttest.Values) daraja.IoTMessage {
	t.Helper()
	r := b.Call(iotsim.APISendMessage, "", fields)
	answer, _ := r.Body.(daraja.IoTAnswer)
	m, ok := answer.Body.(daraja.IoTMessage)
	if !ok {
		t.Fatalf("%+v", r)
	}
	return m
}

func sent(t *testing.T, b *producttest.Bench, _ producttest.Values) {
	t.Helper()
	send(t, b, about("message", "Test"))
}

func TestProduct(t *testing.T) {
	idle := about("msisdn", "300000000004")
	examples := []producttest.Example{
		{API: iotsim.APIAllSIMs, Fields: producttest.Values{"vpnGroup": `["` + iotsim.Account + `"]`, "startAtInde": "0", "pageSize": "3", "username": "jane@example.com"}},
		{API: iotsim.APILifeCycle, Fields: about()},
		{API: iotsim.APICustomer, Fields: about()},
		{API: iotsim.APIActivate, Fields: idle},
		{API: iotsim.APITrends, Fields: about("startDate", "20261129", "stopDate", "20261201")},
		{API: iotsim.APIRename, Fields: about("assetName", "Lorry 7")},
		{API: iotsim.APISuspend, Fields: about("product", "14205001", "operation", "suspend")},
		{API: iotsim.APISearchMessages, Fields: producttest.Values{"searchValue": "254" + iotsim.FirstSIM, "pageNo": "1", "pageSize": "50"}, Before: sent},
		{API: iotsim.APIFilterMessages, Fields: producttest.Values{
			"startDate": "30-11-2026 00:00:00", "endDate": "30-11-2026 23:59:59", "status": "1", "pageNo": "1", "pageSize": "10",
		}, Before: sent},
		{API: iotsim.APIAllMessages, Fields: producttest.Values{"vpnGroup": iotsim.Account, "pageNo": "1", "pageSize": "10"}, Before: sent},
		{API: iotsim.APISendMessage, Fields: about("message", "Test")},
		{API: iotsim.APIDeleteMessage, Fields: producttest.Values{"id": "4001"}, Before: sent},
		{API: iotsim.APIDeleteThread, Fields: producttest.Values{"msisdn": "254" + iotsim.FirstSIM}, Before: sent},
	}
	producttest.Run(t, iotsim.Product, examples...)
	producttest.Cases(t, iotsim.Product, examples...)
}

// body is the body of an answer.
func body[T any](t *testing.T, b *producttest.Bench, api simulator.API, fields producttest.Values) T {
	t.Helper()
	r := b.Call(api, "", fields)
	answer, _ := r.Body.(daraja.IoTAnswer)
	v, ok := answer.Body.(T)
	if !ok {
		t.Fatalf("%s: %+v", api, r)
	}
	return v
}

// The report counts each SIM in the state in which a day left it.
func TestTrends(t *testing.T) {
	b := producttest.NewBench(t, iotsim.Product())
	b.Call(iotsim.APISuspend, "", about("product", "14205001", "operation", "suspend"))
	shot := b.Snapshot()
	b.Advance(t, 24*time.Hour)
	b.Call(iotsim.APIActivate, "", about("msisdn", "300000000004"))
	report := func() daraja.IoTTrend {
		return body[daraja.IoTTrends](t, b, iotsim.APITrends, about("startDate", "20261129", "stopDate", "20261201")).Body[0]
	}
	got := report()
	for name, tt := range map[string]struct{ got, want []string }{
		"dates": {got.Dates, []string{"20261129", "20261130", "20261201"}}, "active": {got.ActiveTrend, []string{"3", "2", "3"}},
		"suspended": {got.SuspendedTrend, []string{"1", "2", "2"}}, "idle": {got.IdleTrend, []string{"1", "1", "0"}},
	} {
		if !slices.Equal(tt.got, tt.want) {
			t.Errorf("%s: %v, want %v", name, tt.got, tt.want)
		}
	}
	b.Restore(shot)
	if got := report(); !slices.Equal(got.IdleTrend, []string{"1", "1", "1"}) {
		t.Errorf("a restore does not undo the activation: %v", got.IdleTrend)
	}
	b.Reset()
	if got := report(); !slices.Equal(got.SuspendedTrend, []string{"1", "1", "1"}) {
		t.Errorf("a reset keeps the suspension: %v", got.SuspendedTrend)
	}
}

// Pages hold all messages once, newest first.
func TestPages(t *testing.T) {
	b := producttest.NewBench(t, iotsim.Product())
	var want []int
	for range 5 {
		want = append([]int{send(t, b, about("message", "Test")).ID}, want...)
	}
	var got []int
	for n, want := range []struct {
		size        int
		first, last bool
	}{{2, true, false}, {2, false, false}, {1, false, true}, {0, false, true}} {
		p := body[daraja.IoTPage](t, b, iotsim.APIAllMessages, producttest.Values{"vpnGroup": iotsim.Account, "pageNo": daraja.Text(string(rune('1' + n))), "pageSize": "2"})
		if p.NumberOfElements != want.size || p.First != want.first || p.Last != want.last || p.TotalElements != 5 || p.TotalPages != 3 || p.Empty != (want.size == 0) {
			t.Errorf("page %d: %+v", n+1, p)
		}
		for _, m := range p.Content {
			got = append(got, m.ID)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the pages have %v, want %v", got, want)
	}
}

// A SIM that a tester adds is idle, and its account is the app's.
func TestAddedSIM(t *testing.T) {
	b := producttest.NewBench(t, iotsim.Product())
	add := producttest.Values{"vpnGroup": "1-11111111_VPN", "msisdn": "300000000777"}
	if _, err := b.RunAction("iotsim", "add", add); err != nil {
		t.Fatal(err)
	}
	if _, err := b.RunAction("iotsim", "add", add); err == nil {
		t.Error("the same SIM was added twice")
	}
	fields := about("vpnGroup", "1-11111111_VPN", "msisdn", "300000000777")
	if got := body[daraja.IoTLifeCycle](t, b, iotsim.APILifeCycle, fields); got.Status != "Idle" {
		t.Errorf("%+v", got)
	}
	for field, wrong := range map[string]daraja.Text{"vpnGroup": "mine", "msisdn": "254708374149"} {
		v := producttest.Values{"vpnGroup": "1-11111111_VPN", "msisdn": "300000000778"}
		v[field] = wrong
		if _, err := b.RunAction("iotsim", "add", v); err == nil {
			t.Errorf("%s %s is taken", field, wrong)
		}
	}
}

// A SIM whose state changes often does not change what a snapshot has of it.
func TestManyChanges(t *testing.T) {
	b := producttest.NewBench(t, iotsim.Product())
	toggle := func(times int) {
		for i := range times {
			operation := []string{"suspend", "resume"}[i%2]
			if r := b.Call(iotsim.APISuspend, "", about("product", "14205001", "operation", operation)); r.Err != nil {
				t.Fatal(r.Err)
			}
		}
	}
	status := func() string { return body[daraja.IoTLifeCycle](t, b, iotsim.APILifeCycle, about()).Status }
	toggle(100)
	shot, before := b.Snapshot(), status()
	toggle(1)
	if status() == before {
		t.Error("the last change is lost")
	}
	b.Restore(shot)
	if got := status(); got != before {
		t.Errorf("after the restore the SIM is %s, it was %s", got, before)
	}
	toggle(2) // from the same state on
}
