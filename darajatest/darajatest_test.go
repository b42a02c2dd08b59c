package darajatest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/darajatest"
)

const phone = "254708374149"

// watched is a test that is watched: what it would say, and when it would end.
type watched struct {
	testing.TB

	mu       sync.Mutex
	said     []string
	failed   bool
	cleanups []func()
}

func (w *watched) Helper() {}

func (w *watched) say(s string, failed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, s)
	w.failed = w.failed || failed
}

func (w *watched) Log(args ...any)                { w.say(fmt.Sprint(args...), false) }
func (w *watched) Errorf(format string, a ...any) { w.say(fmt.Sprintf(format, a...), true) }
func (w *watched) Fatalf(format string, a ...any) {
	w.say(fmt.Sprintf(format, a...), true)
	runtime.Goexit()
}
func (w *watched) Failed() bool     { w.mu.Lock(); defer w.mu.Unlock(); return w.failed }
func (w *watched) Cleanup(f func()) { w.cleanups = append(w.cleanups, f) }
func (w *watched) text() string     { return strings.Join(w.said, "\n") }

// watch runs f as a test would, cleanups included.
func watch(t *testing.T, f func(tb *watched)) *watched {
	t.Helper()
	w := &watched{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for i := len(w.cleanups) - 1; i >= 0; i-- {
				w.cleanups[i]()
			}
		}()
		f(w)
	}()
	<-done
	return w
}

func pay(t testing.TB, sim *darajatest.Simulator, to *darajatest.Receiver, number string) darajatest.Ack {
	t.Helper()
	ack, err := sim.Push(darajatest.Push{Phone: number, Amount: 150, Reference: "INV-1", CallbackURL: to.URL})
	if err != nil {
		t.Fatal(err)
	}
	return ack
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		opts []darajatest.Option
		act  func(sim *darajatest.Simulator)
		want string
	}{
		"default":       {nil, func(*darajatest.Simulator) {}, "0"},
		"approve":       {nil, func(sim *darajatest.Simulator) { sim.Phone(phone).Approve() }, "0"},
		"cancel":        {nil, func(sim *darajatest.Simulator) { sim.Phone(phone).Cancel() }, "1032"},
		"ignore":        {nil, func(sim *darajatest.Simulator) { sim.Phone(phone).Ignore() }, "1037"},
		"wrong PIN":     {nil, func(sim *darajatest.Simulator) { sim.Phone(phone).WrongPIN() }, "2001"},
		"ready":         {[]darajatest.Option{darajatest.Scenario("insufficient-balance")}, func(*darajatest.Simulator) {}, "1"},
		"source":        {[]darajatest.Option{darajatest.ScenarioSource("name: mine\nrules:\n  - then: {result: 17}\n")}, func(*darajatest.Simulator) {}, "17"},
		"kind":          {[]darajatest.Option{darajatest.Preset("kind")}, func(*darajatest.Simulator) {}, "0"},
		"speed, frozen": {[]darajatest.Option{darajatest.Speed(100)}, func(sim *darajatest.Simulator) { sim.Clock.Freeze() }, "0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := darajatest.Start(t, test.opts...)
			shop := sim.Receiver()
			pay(t, sim, shop, phone)
			test.act(sim)
			if _, due := sim.Clock.Next(); !due {
				t.Log("nothing is due")
			}
			sim.Clock.Freeze()
			sim.Clock.Advance(2 * time.Minute)
			if got := shop.Received(); len(got) != 1 || got[0].ResultCode != test.want {
				t.Errorf("%+v, want one of result %s", got, test.want)
			}
		})
	}
}

func TestScenarioFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(file, []byte("name: mine\nrules:\n  - then: {result: 1001}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sim := darajatest.Start(t, darajatest.ScenarioFile(file))
	shop := sim.Receiver()
	pay(t, sim, shop, phone)
	sim.Clock.Advance(time.Minute)
	if got := shop.Received(); len(got) != 1 || got[0].ResultCode != "1001" {
		t.Errorf("%+v", got)
	}
}

// What is wrong with an option ends the test, and says where.
func TestWrongOptions(t *testing.T) {
	shared := darajatest.Start(t)
	missing := filepath.Join(t.TempDir(), "none.yaml")
	for name, test := range map[string]struct {
		opt  darajatest.Option
		want string
	}{
		"ready":   {darajatest.Scenario("canceled"), `did you mean "cancelled"?`},
		"source":  {darajatest.ScenarioSource("name: x\nrules:\n  - them: {}\n"), `did you mean "then"?`},
		"file":    {darajatest.ScenarioFile(missing), missing},
		"preset":  {darajatest.Preset("hostil"), "hostil"},
		"setting": {darajatest.Setting("think_tme", "1s"), "think_tme"},
		"speed":   {darajatest.Speed(-1), "speed"},
	} {
		for way, start := range map[string]func(tb *watched){
			"start": func(tb *watched) { darajatest.Start(tb, test.opt) },
			"world": func(tb *watched) { shared.World(tb, test.opt) },
		} {
			w := watch(t, start)
			if !w.Failed() || !strings.Contains(w.text(), test.want) || !strings.HasPrefix(w.text(), "darajatest: ") {
				t.Errorf("%s by %s: %q, want %q", name, way, w.text(), test.want)
			}
		}
	}
}

// Worlds of one server see nothing of each other, though phone and seed are the same.
func TestWorldsInParallel(t *testing.T) {
	sim, err := darajatest.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("worlds", func(t *testing.T) {
		for i := range 16 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				world := sim.World(t)
				shop := world.Receiver()
				for range i%3 + 1 {
					pay(t, world, shop, phone)
					if i%2 == 0 {
						world.Phone(phone).Cancel()
					}
					world.Clock.Advance(3 * time.Minute)
				}
				world.Verify(darajatest.Match{Kind: "callback"}, darajatest.Exactly(i%3+1))
				if got, want := len(world.Ledger()), (i%2)*(i%3+1); got != want {
					t.Errorf("%d payments, want %d", got, want)
				}
				if got, want := len(world.Requests()), 2*(i%3+1); got != want {
					t.Errorf("%d requests, want %d", got, want)
				}
			})
		}
	})
	if got := sim.Requests(); len(got) != 0 {
		t.Errorf("the first world has %v", got)
	}
}

// A request with the wrong key is in the journal of the world that it was meant for.
func TestWorldKeepsWhatItIsAsked(t *testing.T) {
	t.Parallel()
	sim := darajatest.Start(t)
	world := sim.World(t)
	world.ConsumerKey = "unknown"
	if _, err := world.Push(darajatest.Push{Phone: phone}); err == nil {
		t.Error("an unknown key was taken")
	}
	if here, there := len(world.Requests()), len(sim.Requests()); here != 1 || there != 0 {
		t.Errorf("%d requests here, %d in the first world", here, there)
	}
}

// A world is deleted with its test.
func TestWorldEndsWithItsTest(t *testing.T) {
	t.Parallel()
	sim := darajatest.Start(t)
	url := ""
	watch(t, func(tb *watched) { url = sim.World(tb).ControlURL })
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("%s answers %s", url, resp.Status)
	}
}

// A program that pushes in its own time finds the customer waiting.
func TestPhoneWaitsForThePrompt(t *testing.T) {
	t.Parallel()
	sim := darajatest.Start(t)
	shop := sim.Receiver()
	pushed := make(chan error, 1)
	go func() {
		for t.Context().Err() == nil {
			resp, err := http.Get(sim.ControlURL + "/phones/" + phone)
			if err != nil {
				pushed <- err
				return
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err == nil && strings.Contains(string(body), `"attended":true`) { // the customer waits
				_, err := sim.Push(darajatest.Push{Phone: phone, Amount: 1, CallbackURL: shop.URL})
				pushed <- err
				return
			}
		}
	}()
	sim.Phone(phone).Cancel()
	if err := <-pushed; err != nil {
		t.Fatal(err)
	}
	sim.Clock.Advance(time.Minute)
	if got := shop.Received(); len(got) != 1 || got[0].ResultCode != "1032" {
		t.Errorf("%+v", got)
	}
}

// A journal of many pages is read to its end.
func TestManyRequests(t *testing.T) {
	t.Parallel()
	const pushes = 75
	sim := darajatest.Start(t)
	shop := sim.Receiver()
	for i := range pushes {
		pay(t, sim, shop, fmt.Sprintf("2547100%05d", i))
	}
	all := sim.Requests()
	if len(all) != 2*pushes {
		t.Fatalf("%d requests, want %d", len(all), 2*pushes)
	}
	for i, r := range all {
		if r.Seq != uint64(i+1) {
			t.Fatalf("request %d is record %d", i, r.Seq)
		}
	}
}

// The same seed, the same payment, to the receipt.
func TestSameSeedSameRun(t *testing.T) {
	t.Parallel()
	run := func(seed int64) string {
		sim := darajatest.Start(t, darajatest.Seed(seed))
		shop := sim.Receiver()
		ack := pay(t, sim, shop, phone)
		sim.Clock.Advance(time.Minute)
		return ack.CheckoutRequestID + string(shop.Received()[0].Body)
	}
	first, again, other := run(7), run(7), run(8)
	if first != again {
		t.Errorf("two runs with seed 7:\n%s\n%s", first, again)
	}
	if first == other {
		t.Errorf("seeds 7 and 8: %s", first)
	}
}

func TestTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 12, 24, 18, 0, 0, 0, time.FixedZone("EAT", 3*60*60))
	sim := darajatest.Start(t, darajatest.At(at))
	if now := sim.Clock.Now(); !now.Equal(at) {
		t.Errorf("%s, want %s", now, at)
	}
	sim.Clock.AdvanceTo(at.Add(time.Hour))
	if now := sim.Clock.Now(); !now.Equal(at.Add(time.Hour)) {
		t.Errorf("%s", now)
	}
	sim.Clock.Run(100)
	w := watch(t, func(tb *watched) {
		darajatest.Start(tb, darajatest.RealTime()).Clock.Advance(time.Second)
	})
	if !w.Failed() || !strings.Contains(w.text(), "darajatest: advancing the clock by 1s: ") {
		t.Errorf("a clock that runs was advanced: %s", w.text())
	}
}

// With a clock that runs, callbacks are waited for.
func TestRunningClock(t *testing.T) {
	t.Parallel()
	sim := darajatest.Start(t, darajatest.RealTime(), darajatest.Setting("think_time", "10ms"))
	shop := sim.Receiver()
	pay(t, sim, shop, phone)
	if got := shop.Wait(1, time.Minute); len(got) != 1 || got[0].Receipt == "" {
		t.Errorf("%+v", got)
	}
	sim.WaitFor(darajatest.Match{Kind: "callback", Status: "2xx"}, darajatest.AtLeast(1), time.Minute)
}

// A failure of Verify shows what came near, and the journal follows in the log.
func TestVerifyTells(t *testing.T) {
	t.Parallel()
	w := watch(t, func(tb *watched) {
		sim := darajatest.Start(tb, darajatest.Scenario("cancelled"))
		pay(tb, sim, sim.Receiver(), phone)
		sim.Clock.Advance(time.Minute)
		sim.Verify(darajatest.Match{Kind: "callback", Phone: phone, Body: map[string]any{"Body.stkCallback.ResultCode": 0}}, darajatest.Exactly(1))
		tb.Log("it goes on")
	})
	if len(w.said) != 3 || w.said[1] != "it goes on" {
		t.Fatalf("%q", w.said)
	}
	for _, want := range []string{"darajatest: ", "exactly 1", "ResultCode", "1032"} {
		if !strings.Contains(w.said[0], want) {
			t.Errorf("no %q in: %s", want, w.said[0])
		}
	}
	for _, want := range []string{"the simulator's journal", "request oauth", "request stkpush " + phone, "callback", "result 1032", "HTTP 200"} {
		if !strings.Contains(w.said[2], want) {
			t.Errorf("no %q in: %s", want, w.said[2])
		}
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		f    func(sim *darajatest.Simulator)
		want string
	}{
		"no number":   {func(sim *darajatest.Simulator) { sim.Phone("12").Cancel() }, "darajatest: cancel on phone 12: "},
		"no JSON":     {func(sim *darajatest.Simulator) { sim.Queue(darajatest.Queued{Then: "result: 1"}) }, "Then is no JSON: result: 1"},
		"no outcome":  {func(sim *darajatest.Simulator) { sim.Queue(darajatest.Queued{Then: `{"reslt":1}`}) }, `"result"`},
		"no snapshot": {func(sim *darajatest.Simulator) { sim.Restore("none") }, "darajatest: restoring a snapshot: "},
		"nothing came": {func(sim *darajatest.Simulator) {
			sim.WaitFor(darajatest.Match{Kind: "callback"}, darajatest.Between(1, 2), time.Millisecond)
		}, "darajatest: waiting 1ms: "},
		"no callback": {func(sim *darajatest.Simulator) { sim.Receiver().Wait(1, time.Millisecond) }, "darajatest: waiting 1ms for callbacks: 0 of 1 came"},
		"no match": {func(sim *darajatest.Simulator) {
			sim.Check(darajatest.Match{Kind: "callbak"}, darajatest.Exactly(1))
		}, "callback"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			passed := false
			w := watch(t, func(tb *watched) {
				test.f(darajatest.Start(tb))
				passed = true
			})
			if passed || !w.Failed() || !strings.Contains(w.text(), test.want) {
				t.Errorf("went on: %t; %s\nwant %s", passed, w.text(), test.want)
			}
			if !strings.Contains(w.text(), "nothing reached the simulator at http://127.0.0.1:") {
				t.Errorf("no journal in the log: %s", w.text())
			}
		})
	}
}

// Without a test there is nothing to fail but the program.
func TestRunPanics(t *testing.T) {
	sim, err := darajatest.Run()
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	defer func() {
		if said := fmt.Sprint(recover()); !strings.Contains(said, "darajatest: cancel on phone 12: ") {
			t.Errorf("%s", said)
		}
	}()
	sim.Phone("12").Cancel()
}

func TestPhone(t *testing.T) {
	t.Parallel()
	sim := darajatest.Start(t, darajatest.ScenarioSource("name: jane\nworld:\n  customers:\n    - {phone: \""+phone+"\", name: Jane, pin: \"4271\", balance: 500}\n"))
	jane, shop := sim.Phone(phone), sim.Receiver()
	if got := jane.BalanceCents(); got != 500_00 {
		t.Errorf("%d cents", got)
	}
	if _, open := jane.Prompt(); open {
		t.Error("a prompt is open")
	}
	jane.Attend()
	ack := pay(t, sim, shop, phone)
	sim.Clock.Advance(10 * time.Second) // she is holding the phone and thinks
	if prompt, open := jane.Prompt(); !open || prompt.CheckoutRequestID != ack.CheckoutRequestID || prompt.AmountCents != 150_00 {
		t.Errorf("%+v", prompt)
	}
	jane.PIN("4271")
	sim.Clock.Advance(10 * time.Second)
	if got := shop.Received(); len(got) != 1 || got[0].ResultCode != "0" || got[0].Amount != "150.00" || got[0].Phone != phone {
		t.Errorf("%+v", got)
	}
	if got := jane.BalanceCents(); got != 350_00 {
		t.Errorf("%d cents", got)
	}
	if messages := jane.Messages(); len(messages) == 0 || !strings.Contains(messages[len(messages)-1].Text, shop.Received()[0].Receipt) {
		t.Errorf("%+v", messages)
	}
	jane.Off()
	pay(t, sim, shop, phone)
	sim.Clock.Advance(3 * time.Minute)
	if got := shop.Received(); len(got) != 2 || got[1].ResultCode != "1037" {
		t.Errorf("switched off: %+v", got)
	}
	jane.On()
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	sim := darajatest.Start(t)
	shop := sim.Receiver()
	pay(t, sim, shop, phone)
	before := sim.Snapshot()
	for range 2 { // the open prompt is in the snapshot
		sim.Clock.Advance(time.Minute)
		if got := len(sim.Ledger()); got != 1 {
			t.Errorf("%d payments", got)
		}
		sim.Restore(before)
		if got := len(sim.Ledger()); got != 0 {
			t.Errorf("%d payments", got)
		}
	}
	if got := shop.Received(); len(got) != 2 || string(got[0].Body) != string(got[1].Body) {
		t.Errorf("%s", got)
	}
	sim.Reset()
	if got := sim.Requests(); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	sim := darajatest.Start(t)
	_, err := sim.Push(darajatest.Push{Phone: phone, Amount: 0, CallbackURL: "http://127.0.0.1:9/"})
	refused := (*darajatest.RefusedError)(nil)
	if !errors.As(err, &refused) || refused.Status != http.StatusBadRequest || refused.Code != "400.002.02" || len(refused.Body) == 0 {
		t.Errorf("%v", err)
	}
	sim.Verify(darajatest.Match{API: "stkpush", Status: "4xx", ErrorCode: "400.002.02"}, darajatest.Exactly(1))
	if got := sim.Requests(); len(got) != 2 || got[1].Reason == "" || !strings.Contains(got[1].String(), got[1].Reason) {
		t.Errorf("%v", got)
	}
	sim.ConsumerSecret = "wrong"
	if _, err := sim.Push(darajatest.Push{Phone: phone}); !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), "asking for a token: refused with HTTP 400 ") {
		t.Errorf("%v", err)
	}
}

// A simulator leaves nothing behind: no address, no goroutine.
func TestNothingIsLeft(t *testing.T) {
	url := ""
	cycle := func() {
		w := watch(t, func(tb *watched) {
			sim := darajatest.Start(tb)
			url = sim.URL
			shop := sim.Receiver()
			pay(tb, sim, shop, phone)
			pay(tb, sim.World(tb), shop, phone)
			sim.Clock.Advance(time.Second) // a prompt stays open
		})
		if w.Failed() || len(w.said) != 0 {
			t.Fatal(w.text())
		}
	}
	checkGoroutines(t, cycle)
	if resp, err := http.Get(url); err == nil {
		resp.Body.Close()
		t.Errorf("%s still answers", url)
	}
}

// Nor do worlds leave anything on a server that goes on.
func TestNothingIsLeftOfWorlds(t *testing.T) {
	sim := darajatest.Start(t)
	checkGoroutines(t, func() { watch(t, func(tb *watched) { sim.World(tb).Receiver() }) })
}

// checkGoroutines fails when f leaves some behind, each time.
func checkGoroutines(t *testing.T, f func()) {
	t.Helper()
	f()
	before := runtime.NumGoroutine()
	for range 5 {
		f()
	}
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before+2 && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	if after := runtime.NumGoroutine(); after > before+2 {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines, %d before\n%s", after, before, stacks[:runtime.Stack(stacks, true)])
	}
}

func TestCloseTwice(t *testing.T) {
	sim, err := darajatest.Run()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(sim.Close(), sim.Close()); err != nil {
		t.Error(err)
	}
}

func BenchmarkPayment(b *testing.B) {
	sim := darajatest.Start(b)
	shop := sim.Receiver()
	for b.Loop() {
		pay(b, sim, shop, phone)
		sim.Clock.Advance(3 * time.Minute)
	}
}
