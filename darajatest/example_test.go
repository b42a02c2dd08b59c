package darajatest_test

import (
	"fmt"
	"time"

	"github.com/darajabox/darajabox/darajatest"
)

// run is a simulator for an example. In a test it is darajatest.Start(t).
func run(opts ...darajatest.Option) *darajatest.Simulator {
	sim, err := darajatest.Run(opts...)
	if err != nil {
		panic(err)
	}
	return sim
}

// push stands for the program under test.
func push(sim *darajatest.Simulator, phone, callbackURL string) darajatest.Ack {
	ack, err := sim.Push(darajatest.Push{Phone: phone, Amount: 150, Reference: "INV-1", CallbackURL: callbackURL})
	if err != nil {
		panic(err)
	}
	return ack
}

// The customer enters the PIN and pays.
func Example() {
	sim := run() // darajatest.Start(t) in a test
	defer sim.Close()
	shop := sim.Receiver() // or the program's own endpoint

	push(sim, "254708374149", shop.URL)
	sim.Phone("254708374149").Approve()
	sim.Clock.Advance(10 * time.Second)

	for _, callback := range shop.Received() {
		fmt.Println(callback.ResultCode, callback.ResultDesc)
		fmt.Println(callback.Amount, callback.Phone)
	}
	fmt.Println(len(sim.Ledger()), "payment in the ledger")
	// Output:
	// 0 The service request is processed successfully.
	// 150.00 254708374149
	// 1 payment in the ledger
}

// The customer presses cancel.
func ExamplePhone_Cancel() {
	sim := run()
	defer sim.Close()
	shop := sim.Receiver()

	push(sim, "254708374149", shop.URL)
	prompt, _ := sim.Phone("254708374149").Prompt()
	fmt.Println(prompt.Reference, prompt.AmountCents)
	sim.Phone("254708374149").Cancel()
	sim.Clock.Advance(10 * time.Second)

	fmt.Println(shop.Received()[0].ResultCode)
	// Output:
	// INV-1 15000
	// 1032
}

// A minute and a half go by in no time.
func ExampleClock_Advance() {
	sim := run()
	defer sim.Close()
	shop := sim.Receiver()

	push(sim, "254708374149", shop.URL)
	sim.Phone("254708374149").Ignore()
	sim.Clock.Advance(30 * time.Second)
	fmt.Println(sim.Clock.Now().Format(time.TimeOnly), len(shop.Received()), "callbacks")
	sim.Clock.Advance(60 * time.Second)
	fmt.Println(sim.Clock.Now().Format(time.TimeOnly), len(shop.Received()), "callback:", shop.Received()[0].ResultDesc)
	// Output:
	// 09:00:30 0 callbacks
	// 09:01:30 1 callback: No response from user.
}

// A scenario sends the callback twice; a program must credit the payment once.
func ExampleScenario() {
	sim := run(darajatest.Scenario("doubled-callback"))
	defer sim.Close()
	shop := sim.Receiver()

	push(sim, "254708374149", shop.URL)
	sim.Clock.Advance(time.Minute)

	received := shop.Received()
	fmt.Println(len(received), "callbacks, the same receipt:", received[0].Receipt == received[1].Receipt)
	// Output: 2 callbacks, the same receipt: true
}

// A failed expectation is reported with the nearest records.
func ExampleSimulator_Check() {
	sim := run()
	defer sim.Close()

	push(sim, "254708374149", sim.Receiver().URL)
	sim.Phone("254708374149").Cancel()
	sim.Clock.Advance(10 * time.Second)

	// Verify does the same, and fails the test with verdict.Message.
	verdict := sim.Check(darajatest.Match{
		Kind: "callback", Phone: "254708374149", Body: map[string]any{"Body.stkCallback.ResultCode": 0},
	}, darajatest.Exactly(1))
	fmt.Println("found:", verdict.Found)
	for _, d := range verdict.NearMisses[0].Differs {
		fmt.Printf("%s is %s, want %s\n", d.Field, d.Got, d.Want)
	}
	// Output:
	// found: 0
	// body.Body.stkCallback.ResultCode is 1032, want 0
}

// An outcome for the next push of one phone alone.
func ExampleSimulator_Queue() {
	sim := run()
	defer sim.Close()
	shop := sim.Receiver()

	sim.Queue(darajatest.Queued{Phone: "254708374149", Then: `{"result": 2001}`})
	push(sim, "254708374149", shop.URL)
	sim.Clock.Advance(time.Minute)

	fmt.Println(shop.Received()[0].ResultDesc)
	// Output: The initiator information is invalid.
}
