// Package people makes the customers of a simulated world: a name, a PIN and a
// wallet for every number, always the same for the same seed.
package people

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"

	"github.com/brianvoe/gofakeit/v6"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// Wallets hold between MinBalance and MaxBalance, so that money runs out only
// where a scenario wants it to.
const (
	MinBalance = 1_000_000 * daraja.Shilling
	MaxBalance = 5_000_000 * daraja.Shilling
)

// sandboxName is who the sandbox's public number belongs to.
const sandboxName = "John Doe"

// From returns who has a number, for a seed. The same number is the same person
// at each call and in each run. It may be called concurrently.
func From(seed int64) func(daraja.MSISDN) simulator.Person {
	return func(m daraja.MSISDN) simulator.Person {
		f := gofakeit.New(mix(seed, m))
		p := simulator.Person{
			Name:    f.RandomString(firstNames()) + " " + f.RandomString(lastNames()),
			PIN:     fmt.Sprintf("%04d", f.IntRange(0, 9999)),
			Balance: daraja.Money(f.IntRange(int(MinBalance.Shillings()), int(MaxBalance.Shillings()))) * daraja.Shilling,
		}
		if m == daraja.SandboxMSISDN {
			p.Name = sandboxName
		}
		return p
	}
}

// mix makes a seed of a seed and a number. It is never 0, which gofakeit takes for
// "any seed".
func mix(seed int64, m daraja.MSISDN) int64 {
	h := fnv.New64a()
	_ = binary.Write(h, binary.BigEndian, seed) // a hash takes everything
	_, _ = h.Write([]byte(m.Digits()))
	return int64(h.Sum64() | 1)
}

func firstNames() []string {
	return []string{
		"Achieng", "Akinyi", "Amina", "Brian", "Chebet", "Cynthia", "Daniel", "Esther", "Faith", "Fatuma",
		"Grace", "Halima", "Hassan", "Jane", "Joseph", "Juma", "Kevin", "Kiprono", "Lucy", "Makena",
		"Mercy", "Moraa", "Mutua", "Naliaka", "Nekesa", "Ochieng", "Peter", "Samuel", "Wambui", "Wanjiru",
	}
}

func lastNames() []string {
	return []string{
		"Abdi", "Barasa", "Cherono", "Gathoni", "Karanja", "Kariuki", "Kemboi", "Kimani", "Kiptoo", "Koech",
		"Maina", "Mohamed", "Muthoni", "Mutiso", "Mwangi", "Mwende", "Ndungu", "Njoroge", "Nyambura", "Nyong'o",
		"Odhiambo", "Omondi", "Onyango", "Otieno", "Rotich", "Simiyu", "Wafula", "Wairimu", "Wanyama", "Were",
	}
}
