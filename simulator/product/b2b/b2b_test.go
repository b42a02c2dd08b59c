package b2b_test

import (
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/b2b"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

// payer is an organisation of the sandbox for tests, which begins with money.
const payer = "600977"

func payBill(t testing.TB) producttest.Values {
	t.Helper()
	return producttest.Values{
		"Initiator": simulator.SandboxInitiator, "SecurityCredential": producttest.Credential(t, simulator.SandboxInitiatorPassword),
		"CommandID": daraja.CommandBusinessPayBill, "SenderIdentifierType": "4", "RecieverIdentifierType": "4", "Amount": "239",
		"PartyA": payer, "PartyB": "600000", "AccountReference": "353353", "Remarks": "OK",
		"QueueTimeOutURL": "http://localhost/timeout", "ResultURL": "http://localhost/result",
	}
}

func tax(t testing.TB) producttest.Values {
	t.Helper()
	fields := payBill(t)
	fields["CommandID"], fields["PartyB"], fields["AccountReference"] = daraja.CommandPayTax, daraja.TaxCollector, "PRN1234XN"
	return fields
}

func TestProduct(t *testing.T) {
	examples := []producttest.Example{{API: b2b.API, Fields: payBill(t)}, {API: b2b.APIRemitTax, Fields: tax(t)}}
	producttest.Run(t, b2b.Product, examples...)
	producttest.Cases(t, b2b.Product, examples...)
}

// The money leaves the account of the command and arrives on another, and the fee leaves the
// one that pays.
func TestAccounts(t *testing.T) {
	const fee = 7 * daraja.Shilling // of 239 shillings
	paid := 239 * daraja.Shilling
	working, utility, merchant := simulator.AccountWorking, simulator.AccountUtility, simulator.AccountMerchant
	tests := []struct {
		command, partyA, partyB string
		from, to                simulator.AccountKind
		of                      string // whose account is paid
	}{
		{daraja.CommandBusinessPayBill, payer, "600000", working, utility, "600000"},
		{daraja.CommandBusinessBuyGoods, payer, simulator.SandboxTill, working, merchant, simulator.SandboxStore},
		{daraja.CommandBusinessPayToBulk, payer, "600000", working, utility, "600000"},
		{daraja.CommandDisburseFunds, payer, "600000", utility, working, "600000"},
		{daraja.CommandBusinessToBusiness, payer, "600000", working, working, "600000"},
		{daraja.CommandMerchantToMerchant, simulator.SandboxTill, "600000", merchant, merchant, "600000"},
		{daraja.CommandMerchantToWorking, simulator.SandboxStore, "600000", merchant, working, simulator.SandboxStore},
		{daraja.CommandMerchantToMMF, simulator.SandboxStore, "600000", merchant, working, simulator.SandboxStore},
		{daraja.CommandAgencyFloat, payer, "600000", working, working, "600000"},
		{daraja.CommandPayTax, payer, daraja.TaxCollector, working, utility, daraja.TaxCollector},
	}
	for _, tt := range tests {
		b := producttest.NewBench(t, b2b.Product())
		held := 1_000 * daraja.Shilling
		org := simulator.Organisation{Shortcode: simulator.SandboxStore}
		if err := b.Apply(simulator.Setup{Organisations: []simulator.OrganisationSetup{{Organisation: org, Balance: &held}}}); err != nil {
			t.Fatal(err)
		}
		fields, api := payBill(t), b2b.API
		if tt.command == daraja.CommandPayTax {
			api = b2b.APIRemitTax
		}
		fields["CommandID"], fields["PartyA"], fields["PartyB"] = daraja.Text(tt.command), daraja.Text(tt.partyA), daraja.Text(tt.partyB)
		b.Call(api, "", fields)
		b.Advance(t, time.Minute)
		done := b.Ledger()
		if len(done) != 1 || done[0].Amount != paid || done[0].From.Kind != tt.from || done[0].To != simulator.OrganisationAccount(tt.of, tt.to) || done[0].Reference != "353353" {
			t.Errorf("%s: the ledger has %+v", tt.command, done)
			continue
		}
		want := fee
		if done[0].From.Owner == done[0].To.Owner {
			want = 0
		}
		if done[0].Fee != want {
			t.Errorf("%s: the fee is %s, want %s", tt.command, done[0].Fee, want)
		}
	}
}

// Transaction Status knows a payment before its result, and one that has failed.
func TestPaymentsAreKnownToOtherProducts(t *testing.T) {
	look := simulator.Product{Name: "look", Doc: "a look at what was asked for", Actions: []simulator.Action{{
		Name: "up", Doc: "looks a conversation up", Fields: []simulator.Field{{Name: "id", Doc: "of the conversation"}},
		Run: func(l *simulator.Locked, v simulator.Values) (any, error) {
			p, _ := l.Planned(payer, string(v["id"]))
			return p, nil
		},
	}}}
	for _, tt := range []struct {
		name, amount string
		result       daraja.ResultCode
	}{{"paid", "239", "0"}, {"too little money", "90000000", "1"}} {
		b := producttest.NewBench(t, b2b.Product(), look)
		fields := payBill(t)
		fields["Amount"] = daraja.Text(tt.amount)
		ack, _ := b.Call(b2b.API, "", fields).Body.(daraja.ConversationAck)
		known := func() simulator.PlannedTransfer {
			t.Helper()
			p, err := b.RunAction("look", "up", simulator.Values{"id": daraja.Text(ack.ConversationID)})
			if err != nil {
				t.Fatal(err)
			}
			return p.(simulator.PlannedTransfer) //nolint:forcetypeassert // the action above returns nothing else
		}
		if p := known(); p.ID == "" || !p.EndedAt.IsZero() {
			t.Errorf("%s, before the result: %+v", tt.name, p)
		}
		b.Advance(t, time.Minute)
		if p := known(); p.Result != tt.result || p.EndedAt.IsZero() {
			t.Errorf("%s: result %s at %s", tt.name, p.Result, p.EndedAt)
		}
	}
}
