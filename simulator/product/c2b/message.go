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
	}
	phone := p.plan.Faults.Phone(simulator.FaultPhone, p.Phone())
	first, last, _ := strings.Cut(strings.ToUpper(l.Customer(p.Phone()).Name), " ")
	m.FirstName = first
	if m.MSISDN = masked(phone); u.v1 {
		sum := sha256.Sum256([]byte(phone.Digits()))
		m.MSISDN, m.InvoiceNumber = hex.EncodeToString(sum[:]), p.Reference
	}
	if u.v1 || l.Setting(SettingNames) == "all" {
		middle := ""
		m.MiddleName, m.LastName = &middle, &last
	}
	return m
}

// masked is a number as version 2 shows it: 2547 ***** 126.
func masked(m daraja.MSISDN) string {
	d := m.Digits()
	return d[:4] + " ***** " + d[len(d)-3:]
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
