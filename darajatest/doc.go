// Package darajatest gives a Go test an M-PESA of its own, as net/http/httptest gives
// it a server: Daraja's API on a port of the kernel's choice, and with it the
// customers' phones, the clock and a record of everything that happened.
//
//	func TestCancelledPayment(t *testing.T) {
//		sim := darajatest.Start(t)
//		shop := NewShop(sim.URL, sim.ConsumerKey, sim.ConsumerSecret)
//
//		order := shop.Order("254708374149", 150) // pushes a prompt to the phone
//		sim.Phone("254708374149").Cancel()       // the customer presses cancel
//		sim.Clock.Advance(5 * time.Second)       // the callback comes, now
//
//		if !order.Cancelled() {
//			t.Error("the order is not cancelled")
//		}
//		sim.Verify(darajatest.Match{Kind: "callback", Phone: "254708374149"}, darajatest.Exactly(1))
//	}
//
// # Time
//
// Time stands still, in the morning of 5 January 2026 unless [At] says otherwise, until
// [Clock.Advance] moves it. What falls due on the
// way happens in its order, and Advance returns when all of it is done and every
// callback was answered. So a timeout of 90 seconds takes a millisecond and is the
// same every time, and a test needs no sleep. The program under test keeps the
// machine's clock: only the simulator's side stands still. [RealTime] and [Speed] let
// the clock run instead; then [Simulator.WaitFor] and [Receiver.Wait] wait.
//
// # What happens to a payment
//
// The first of these that has an opinion decides: an outcome given by
// [Simulator.Queue]; a rule of the scenario ([Scenario], [ScenarioFile],
// [ScenarioSource], [Preset]); a phone number such as 254700001032, which is 2547000
// and the result code 01032; the customer, by the methods of [Phone]; and by default
// a customer who has the money pays after two seconds.
//
// # The same again
//
// The same [Seed], scenario and calls give the same identifiers, receipts, customers
// and chances, to the byte.
//
// # Many tests at once
//
// Start runs a simulator for one test. Tests of a package may share one, each in a
// world of its own in which it sees nothing of the others:
//
//	var sim *darajatest.Simulator
//
//	func TestMain(m *testing.M) {
//		var err error
//		if sim, err = darajatest.Run(); err != nil {
//			log.Fatal(err)
//		}
//		code := m.Run()
//		sim.Close()
//		os.Exit(code)
//	}
//
//	func TestPaid(t *testing.T) {
//		t.Parallel()
//		world := sim.World(t, darajatest.Scenario("paid"))
//		…
//	}
//
// # When a test fails
//
// What cannot be done, such as a cancel on a phone without a prompt, fails the test at
// once and says why; [Simulator.Verify] fails it with the records that came near. When
// a test has failed, the journal is in its log. Like t.Fatal, the methods are for the
// test's own goroutine. A simulator of [Run] has no test to fail and panics instead.
package darajatest
