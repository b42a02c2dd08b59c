package status

import (
	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// parameters are the facts of a payment, in the order that is set (reference: transaction
// status).
func (p payment) parameters(l *simulator.Locked) []daraja.Parameter {
	debit, credit := param("DebitPartyName", l.PartyName(p.From.Owner)), param("CreditPartyName", l.PartyName(p.To.Owner))
	originator, conversation := param("OriginatorConversationID", p.RequestID), param("ConversationID", p.ConversationID)
	began, ended := param("InitiatedTime", daraja.TimeNumber(p.began)), daraja.Parameter{Key: "FinalisedTime"}
	if !p.ended.IsZero() {
		ended.Value = daraja.TimeNumber(p.ended)
	}
	account, reason := param("DebitAccountType", accountType(p.From)), daraja.Parameter{Key: "TransactionReason"}
	kind, state := param("ReasonType", p.reasonType()), param("TransactionStatus", p.status)
	amount, receipt := param("Amount", daraja.AmountNumber(p.Amount)), param("ReceiptNo", p.Receipt)
	if l.Setting(SettingOrder) == "2017" {
		conversation.Key = "Conversation ID"
		return []daraja.Parameter{
			receipt, conversation, ended, amount, state, kind, reason, p.charges("DebitPartyCharges"), account, began, originator, credit, debit,
		}
	}
	all := []daraja.Parameter{debit, credit, originator, began}
	if p.From.Kind == simulator.AccountWallet {
		all = append(all, daraja.Parameter{Key: "CreditPartyCharges"}, account)
	} else {
		all = append(all, account, p.charges("DebitPartyCharges"))
	}
	return append(all, reason, kind, state, ended, amount, conversation, receipt)
}

// param is a Parameter; one without a value leaves the key out.
func param(key string, value any) daraja.Parameter {
	if value == "" {
		value = nil
	}
	return daraja.Parameter{Key: key, Value: value}
}

// accountType is how results name the account that pays.
func accountType(id simulator.AccountID) string {
	if id.Kind == simulator.AccountWallet {
		return "MMF Account For Customer"
	}
	return id.Kind.String()
}

// reasonType is the kind of a payment in M-PESA's words. Those of tills are unverified.
func (p payment) reasonType() string {
	if p.prompted && p.Type == simulator.TypePayBill {
		return "Pay Bill Online"
	}
	return p.Type
}

// charges is what an organisation has paid for a payment; one without a fee has no value.
func (p payment) charges(key string) daraja.Parameter {
	if p.Fee == 0 || p.From.Kind == simulator.AccountWallet {
		return daraja.Parameter{Key: key}
	}
	what := p.Type + " Charge"
	if p.To.Kind == simulator.AccountWallet {
		what = "Fee For B2C Payment"
	}
	return daraja.Parameter{Key: key, Value: what + "|KES|" + p.Fee.String()}
}
