package c2b

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// message is the body of a validation or a confirmation (reference: C2B body).
func message(l *simulator.Locked, p payment, u urls) daraja.C2BPayment {
	org, _ := l.Organisation(p.Shortcode())
	m := daraja.C2BPayment{
		TransactionType: p.Type, TransID: p.Receipt, TransTime: daraja.Timestamp(l.Now()),
		TransAmount: p.plan.Faults.Money(simulator.FaultAmount, p.Amount).String(), BusinessShortCode: org.Receiver(), BillRefNumber: p.Reference,
		OrgAccountBalance: l.Balance(p.Shortcode()).String(), ThirdPartyTransID: p.thirdParty,
		MSISDN: number(l, p.plan.Faults.Phone(simulator.FaultPhone, p.Phone()), u.v1),
	}
	if u.v1 && l.Setting(SettingInvoice) == byVersion {
		m.InvoiceNumber = p.Reference
	}
	setNames(&m, l.Customer(p.Phone()).Name, l.Setting(SettingNames), u.v1)
	return m
}

// setNames gives a message the customer's names, in capitals. A name of two words has no
// middle name.
func setNames(m *daraja.C2BPayment, name, setting string, v1 bool) {
	all := strings.Fields(strings.ToUpper(name))
	if len(all) == 0 {
		all = []string{""}
	}
	m.FirstName = all[0]
	if setting == "first" || setting == byVersion && !v1 {
		return
	}
	middle, last := "", ""
	if n := len(all); n > 1 {
		middle, last = strings.Join(all[1:n-1], " "), all[n-1]
	}
	m.MiddleName, m.LastName = &middle, &last
}

// number is the customer's number as messages have it.
func number(l *simulator.Locked, m daraja.MSISDN, v1 bool) string {
	d, form := m.Digits(), l.Setting(SettingMSISDN)
	if form == byVersion {
		form = "masked"
		if v1 {
			form = "sha256"
		}
	}
	switch form {
	case "sha256":
		sum := sha256.Sum256([]byte(d))
		return hex.EncodeToString(sum[:])
	case "masked":
		return d[:4] + " ***** " + d[len(d)-3:]
	case "old-mask":
		return d[:5] + "****" + d[len(d)-3:]
	}
	return d
}

// callback is a message on its way to a merchant.
func callback(p payment, id, url string, m daraja.C2BPayment) simulator.Callback {
	body, err := daraja.Marshal(m)
	if err != nil {
		body = []byte("{}") // strings always encode
	}
	return simulator.Callback{
		API: APISimulate, ID: id, Payment: p.ID, URL: url, Shortcode: p.Shortcode(),
		Phone: p.Phone(), Reference: p.Reference, Body: body, By: p.by,
	}
}
