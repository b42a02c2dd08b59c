package storetest

import "github.com/darajabox/darajabox/gateway"

// PartnerPayments are the filters of lists of one partner's payments, by name: of the
// partner API, and of the administration.
func PartnerPayments(partner string) map[string]gateway.PaymentFilter {
	all := map[string]gateway.PaymentFilter{
		"all":            {},
		"review":         {InReview: true},
		"state":          {State: gateway.Paid},
		"kind of review": {InReview: true, States: []gateway.State{gateway.Review, gateway.Unresolved}},
	}
	for _, s := range gateway.States() {
		name := string(s.Status())
		f := all[name]
		f.States = append(f.States, s)
		all[name] = f
	}
	return pages(all, func(f *gateway.PaymentFilter, after int64) { f.Partner, f.After, f.Limit = partner, after, 500 })
}

// PartnerDeliveries are the filters of lists of one partner's deliveries, by name.
func PartnerDeliveries(partner string) map[string]gateway.DeliveryFilter {
	all := map[string]gateway.DeliveryFilter{"all": {}}
	for _, s := range []gateway.DeliveryState{gateway.DeliveryDue, gateway.DeliveryDone, gateway.DeliveryExhausted} {
		all[string(s)] = gateway.DeliveryFilter{State: s}
	}
	return pages(all, func(f *gateway.DeliveryFilter, after int64) { f.Partner, f.After, f.Limit = partner, after, 500 })
}

// pages has the first and a later page of each list.
func pages[F any](lists map[string]F, page func(f *F, after int64)) map[string]F {
	all := make(map[string]F)
	for name, f := range lists {
		first, later := f, f
		page(&first, 0)
		page(&later, 7)
		all[name], all[name+", a later page"] = first, later
	}
	return all
}
