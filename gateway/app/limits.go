package app

import (
	"fmt"
	"math"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/httpapi"
	"github.com/darajabox/darajabox/gateway/mpesa"
)

// Limits bound what is asked of Daraja, of a phone and of this gateway. 0 is no
// limit, which is good for tests and for a simulator; StandardLimits are for service.
type Limits struct {
	PushRate  float64 // pushes a second of the shortcode by this process
	QueryRate float64 // queries a second, evenly spaced

	PhoneMinute int // prompts of one phone in a minute, over all replicas
	PhoneHour   int // and in an hour

	PartnerRate  float64 // requests a second of one partner to this process
	PartnerBurst int     // at once; 0 is a second's worth

	Strangers int // callbacks with unknown tokens that are kept in a minute

	// Connections are to a listener at a time. Trusted proxies and sources of callbacks
	// have as many of their own. Above it, the one that has been idle for longest is closed.
	Connections       int
	SourceConnections int // of those, from one address or one /64 of IPv6
}

// StandardLimits are those of a gateway in service: below Daraja's spike arrest, and
// enough for people.
func StandardLimits() Limits {
	phone := gateway.StandardPhoneLimits()
	return Limits{
		PushRate: 20, QueryRate: 5, PhoneMinute: phone.Minute, PhoneHour: phone.Hour,
		PartnerRate: 50, PartnerBurst: 100, Strangers: 60, Connections: 2048, SourceConnections: 512,
	}
}

func (l Limits) check() error {
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"pushes a second", l.PushRate}, {"queries a second", l.QueryRate},
		{"prompts a minute", float64(l.PhoneMinute)}, {"prompts an hour", float64(l.PhoneHour)},
		{"a partner's requests a second", l.PartnerRate}, {"a partner's requests at once", float64(l.PartnerBurst)},
		{"unknown callbacks a minute", float64(l.Strangers)}, {"connections", float64(l.Connections)}, {"connections of one address", float64(l.SourceConnections)},
	} {
		if !(f.value >= 0) || math.IsInf(f.value, 1) {
			return fmt.Errorf("the limit of %s, %v, is below 0 or not a number", f.name, f.value)
		}
	}
	return nil
}

// CallbackDoor says who may call back, where, and what is believed.
type CallbackDoor struct {
	Addr    string   // a listener of its own; "" is the partners'
	Sources []string // addresses and networks of Daraja; none is any; "safaricom" is its published list
	Strict  bool     // callbacks from elsewhere are kept and not obeyed
	Proxies []string // whose X-Forwarded-For is believed
	Confirm string   // never, untrusted or always; "" is untrusted
}

func (d CallbackDoor) sources() (s httpapi.Sources, err error) {
	s.Strict = d.Strict
	if s.Allowed, err = httpapi.ParseNetworks(d.Sources); err != nil {
		return s, fmt.Errorf("callback sources: %w", err)
	}
	if s.Proxies, err = httpapi.ParseNetworks(d.Proxies); err != nil {
		return s, fmt.Errorf("trusted proxies: %w", err)
	}
	if s.Strict && len(s.Allowed) == 0 {
		return s, fmt.Errorf("callback sources are strict, and none is named: give them with --callback-sources, such as safaricom")
	}
	return s, nil
}

func (d CallbackDoor) check() error {
	switch gateway.Confirm(d.Confirm) {
	case "", gateway.ConfirmNever, gateway.ConfirmUntrusted, gateway.ConfirmAlways:
	default:
		return fmt.Errorf("confirm %q is not never, untrusted or always", d.Confirm)
	}
	_, err := d.sources()
	return err
}

// breaker has the waits of Daraja's breaker divided by speed.
func breaker(speed float64) mpesa.Breaker {
	if speed <= 1 {
		return mpesa.Breaker{}
	}
	divided := func(d time.Duration) time.Duration { return max(time.Duration(float64(d)/speed), time.Millisecond) }
	return mpesa.Breaker{Pause: divided(mpesa.StandardPause), Longest: divided(mpesa.StandardLongest)}
}
