// Package people makes the customers of a simulated world: a name, a PIN and a
// wallet for every number, always the same for the same seed.
package people

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"

	"github.com/brianvoe/gofakeit/v6"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/splitmix"
	"github.com/darajabox/darajabox/simulator"
)

// Wallets hold between MinBalance and MaxBalance: more than the largest payment, and no
// more than M-PESA lets a wallet hold.
const (
	MinBalance = 300_000 * daraja.Shilling
	MaxBalance = daraja.MaxWallet
)

// sandboxName is who the sandbox's public number belongs to.
const sandboxName = "John Doe"

// ForNumber is the person that a number belongs to, for a seed: the same at each call and
// in each run. It may be called concurrently.
func ForNumber(seed int64, m daraja.MSISDN) simulator.Person {
	f := gofakeit.NewCustom(&source{mix(seed, m)})
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

// mix makes a seed of a seed and a number.
func mix(seed int64, m daraja.MSISDN) uint64 {
	h := fnv.New64a()
	_ = binary.Write(h, binary.BigEndian, seed) // a hash takes everything
	_, _ = h.Write([]byte(m.Digits()))
	return h.Sum64()
}

// source is SplitMix64. A customer needs four draws, and math/rand's own source takes
// 10 µs to be seeded.
type source struct{ state uint64 }

// Seed implements rand.Source.
func (s *source) Seed(seed int64) { s.state = uint64(seed) }

// Int63 implements rand.Source.
func (s *source) Int63() int64 { return int64(s.Uint64() >> 1) }

// Uint64 implements rand.Source64.
func (s *source) Uint64() uint64 {
	n := splitmix.Mix(s.state)
	s.state += splitmix.Gamma
	return n
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
