package producttest

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// How many callers there are at the same time, and how many calls each makes.
const (
	callers       = 64
	callsOfCaller = 20
)

// together makes random calls of an operation and payments of others from many goroutines,
// while the clock goes on: the sum of all accounts stays zero, and none is overdrawn.
func (s suite) together(t *testing.T) {
	b, fields := s.ready(t)
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(caller)))
			for range callsOfCaller {
				if err := b.callAtRandom(random, s.op, s.example, maps.Clone(fields)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Go(func() {
		for range callsOfCaller {
			if err := b.Clock.Advance(context.Background(), time.Second); err != nil {
				t.Error(err)
			}
		}
	})
	all.Wait()
	b.Advance(t, 24*time.Hour)
	if err := b.CheckAccounts(); err != nil {
		t.Error(err)
	}
}

// callAtRandom makes a payment of another product, or calls an operation with another amount
// and customer, and checks the accounts now and then.
func (b *Bench) callAtRandom(random *rand.Rand, op simulator.Operation, e Example, fields Values) error {
	amount := daraja.Money(1+random.IntN(20_000)) * daraja.Shilling
	phone := daraja.MSISDN(fmt.Sprintf("2547110000%02d", random.IntN(20)))
	switch random.IntN(4) {
	case 0:
		_, _ = b.RunAction("producttest", "pay", Values{ // it may lack money
			"phone": daraja.Text(phone.Digits()), "shortcode": daraja.SandboxShortcode, "amount": daraja.Text(amount.String()), "reference": "x",
		})
		return b.CheckAccounts()
	case 1:
		result := []daraja.ResultCode{daraja.ResultSuccess, daraja.ResultInternal}[random.IntN(2)]
		_, _ = b.Enqueue(simulator.Queued{API: op.API, Outcome: simulator.Outcome{Result: result}}) // the operation may have no results
	}
	for _, f := range op.Fields {
		switch f.Key {
		case simulator.AmountKey:
			fields[f.Name] = daraja.Text(fmt.Sprint(amount.Shillings()))
		case simulator.PhoneKey:
			fields[f.Name] = daraja.Text(phone.Digits())
		default:
		}
	}
	call := simulator.Call{Authorization: e.Authorization, Path: e.Path, Values: fields, Header: e.Header}
	if !op.NoToken {
		call.Authorization = b.authorization()
	}
	b.HandleCall(e.API, call)
	return nil
}
