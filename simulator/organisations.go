package simulator

import "github.com/darajabox/darajabox/daraja"

// Organisation is a business with a shortcode.
type Organisation struct {
	Shortcode string // what BusinessShortCode says: the paybill, or a till's store number
	Name      string
	Passkey   string
	Till      string // "" for a paybill
}

// Till that every world has beside the sandbox's paybill. Its store number is
// SandboxStore, its passkey the public one.
const (
	SandboxTill  = "174380"
	SandboxStore = "174381"
)

// SandboxOrganisations are the sandbox's paybill and a till, both with the public
// passkey. The real sandbox has no till that can be pushed for.
func SandboxOrganisations() []Organisation {
	return []Organisation{
		{Shortcode: daraja.SandboxShortcode, Name: "Daraja-Sandbox", Passkey: daraja.SandboxPasskey},
		{Shortcode: SandboxStore, Name: "Duka la Soko", Passkey: daraja.SandboxPasskey, Till: SandboxTill},
	}
}

// receiver is the PartyB that a push for o must name.
func (o Organisation) receiver() string {
	if o.Till != "" {
		return o.Till
	}
	return o.Shortcode
}

// transactionType is the only one that o may push with.
func (o Organisation) transactionType() string {
	if o.Till != "" {
		return daraja.CustomerBuyGoodsOnline
	}
	return daraja.CustomerPayBillOnline
}
