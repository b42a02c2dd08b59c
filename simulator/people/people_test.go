package people_test

import (
	"fmt"
	"regexp"
	"testing"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/people"
)

func TestSameNumberSamePerson(t *testing.T) {
	pin := regexp.MustCompile(`^[0-9]{4}$`)
	name := regexp.MustCompile(`^[A-Z][A-Za-z']+ [A-Z][A-Za-z']+$`)
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Int64().Draw(t, "seed")
		m := daraja.MSISDN(fmt.Sprintf("2547%08d", rapid.IntRange(0, 99_999_999).Draw(t, "number")))
		p := people.ForNumber(seed, m)
		if again := people.ForNumber(seed, m); p != again {
			t.Fatalf("the same number was %+v, then %+v", p, again)
		}
		if !pin.MatchString(p.PIN) || !name.MatchString(p.Name) {
			t.Fatalf("PIN %q, name %q", p.PIN, p.Name)
		}
		if p.Balance < people.MinBalance || p.Balance > people.MaxBalance || !p.Balance.Whole() {
			t.Fatalf("balance %s", p.Balance)
		}
	})
}

// What people are is a promise to tests that name them: the same in every run and
// on every machine.
func TestPeopleStayWhoTheyAre(t *testing.T) {
	got := fmt.Sprintf("%+v\n%+v\n", people.ForNumber(1, "254712345678"), people.ForNumber(1, "254110000001"))
	const want = "{Name:Nekesa Wairimu PIN:9446 Balance:324273.00 Unregistered:false}\n{Name:Ochieng Koech PIN:4227 Balance:368764.00 Unregistered:false}\n"
	if got != want {
		t.Errorf("people changed:\n%swant\n%s", got, want)
	}
}

func TestSeedsAndNumbersDiffer(t *testing.T) {
	seen := map[string]bool{}
	for seed := range int64(4) {
		for n := range 25 {
			seen[fmt.Sprintf("%+v", people.ForNumber(seed, daraja.MSISDN(fmt.Sprintf("2547%08d", n))))] = true
		}
	}
	if len(seen) != 100 {
		t.Errorf("100 people are %d", len(seen))
	}
}

func TestSandboxNumberIsJohnDoe(t *testing.T) {
	if got := people.ForNumber(7, daraja.SandboxMSISDN).Name; got != "John Doe" {
		t.Errorf("254708374149 is %s", got)
	}
}

func BenchmarkWho(b *testing.B) {
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		people.ForNumber(1, daraja.MSISDN(fmt.Sprintf("2547%08d", n)))
	}
}

// A wallet can pay the largest payment there is, and holds what M-PESA allows.
func TestWalletsAreWithinTheCap(t *testing.T) {
	if people.MinBalance < daraja.MaxPayment || people.MaxBalance > 500_000*daraja.Shilling {
		t.Errorf("wallets hold from %s to %s", people.MinBalance.Grouped(), people.MaxBalance.Grouped())
	}
}
