package simulator

import "github.com/darajabox/darajabox/daraja"

// Names of the settings of fees.
const (
	SettingCustomerTariff     = "customer_tariff"
	SettingOrganisationTariff = "organisation_tariff"
)

const (
	tariffPublished = "published"
	tariffSandbox   = "sandbox"
	tariffNone      = "none"
)

// sandboxFee is what the sandbox was seen to charge for a payout of KES 10.
const sandboxFee daraja.Money = 33_60

func tariffSettings() []Setting {
	return []Setting{
		{Name: SettingCustomerTariff, Default: tariffNone, Allowed: []string{tariffNone, tariffPublished},
			Doc: "what M-PESA charges a customer who pays an organisation: nothing, where the organisation bears the cost, or the published tariff"},
		{Name: SettingOrganisationTariff, Default: tariffPublished, Allowed: []string{tariffPublished, tariffSandbox, tariffNone},
			Doc: "what M-PESA charges an organisation that pays a customer or another organisation: the published tariff, the sandbox's 33.60 for any amount, or nothing"},
	}
}

// band is the fees of the amounts that the bands before it do not have, in shillings.
type band struct{ upTo, customer, organisation daraja.Money }

// tariff is the published one (reference: tariffs).
func tariff() [16]band {
	return [...]band{
		{100, 0, 0}, {500, 5, 7}, {1_000, 10, 13}, {1_500, 15, 23}, {2_500, 20, 33}, {3_500, 25, 56}, {5_000, 34, 57}, {7_500, 45, 70},
		{10_000, 55, 90}, {15_000, 70, 110}, {20_000, 90, 130}, {25_000, 100, 150}, {35_000, 120, 175}, {50_000, 150, 200},
		{70_000, 180, 250}, {150_000, 250, 330},
	}
}

// bandOf is the band of an amount. What is above the last one costs as much as that: Safaricom
// gives no figure.
func bandOf(amount daraja.Money) band {
	all := tariff()
	for _, b := range all {
		if amount <= b.upTo*daraja.Shilling {
			return b
		}
	}
	return all[len(all)-1]
}

// CustomerFee is what a customer pays for a payment to an organisation by the published tariff.
func CustomerFee(amount daraja.Money) daraja.Money { return bandOf(amount).customer * daraja.Shilling }

// OrganisationFee is what an organisation pays for a payment to a customer or to another
// organisation by the published tariff.
func OrganisationFee(amount daraja.Money) daraja.Money {
	return bandOf(amount).organisation * daraja.Shilling
}

// fee is what a transfer costs by the tariff that is set. What an organisation moves between
// its own accounts costs nothing.
func (v settingValues) fee(t Transfer) daraja.Money {
	switch {
	case t.ByCustomer():
		if v[SettingCustomerTariff] == tariffPublished {
			return CustomerFee(t.Amount)
		}
	case t.From.Owner.Shortcode() == "" || t.From.Owner == t.To.Owner: // not charged
	case v[SettingOrganisationTariff] == tariffPublished:
		return OrganisationFee(t.Amount)
	case v[SettingOrganisationTariff] == tariffSandbox:
		return sandboxFee
	}
	return 0
}
