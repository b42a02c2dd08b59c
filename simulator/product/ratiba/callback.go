package ratiba

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// callbackBody says whether the order was made. Keys and masks of the two differ.
func callbackBody(l *simulator.Locked, p simulator.PromptState, wrong simulator.Faults) []byte {
	o, _ := p.Data.(order)
	ref := cmp.Or(o.custom, o.id)
	h := daraja.RatibaHeader{ResponseRefID: ref, RequestRefID: ref, ResponseCode: string(p.Result), ResponseDescription: p.Desc}
	phone := wrong.Phone(simulator.FaultPhone, p.Phone)
	var message any
	switch {
	case p.Result != daraja.ResultSuccess:
		failed := daraja.RatibaFailed{ResponseHeader: h}
		failed.ResponseBody.ResponseData = []daraja.RatibaFact{
			{Name: "TransactionID", Value: "0000000000"}, {Name: "responseCode", Value: string(p.Result)},
			{Name: "Status", Value: "ERROR"}, {Name: "Msisdn", Value: daraja.RatibaPhone(phone, false)},
		}
		message = failed
	case l.Setting(SettingResult) == "long":
		h.ResponseDescription = "Standing order created successfully"
		message = created(h, longItems(o, wrong.Money(simulator.FaultAmount, o.amount), phone))
	default:
		message = created(h, []daraja.RatibaItem{
			{Name: "TransactionID", Value: p.Receipt}, {Name: "responseCode", Value: string(p.Result)},
			{Name: "Status", Value: "OKAY"}, {Name: "Msisdn", Value: daraja.RatibaPhone(phone, true)},
		})
	}
	body, err := daraja.Marshal(message)
	if err != nil {
		return nil // strings always encode
	}
	return body
}

func created(h daraja.RatibaHeader, items []daraja.RatibaItem) daraja.RatibaCreated {
	c := daraja.RatibaCreated{ResponseHeader: h}
	c.ResponseBody.ResponseData = items
	return c
}

// longItems are the items of a page of August 2026. Its ids are numbers.
func longItems(o order, amount daraja.Money, phone daraja.MSISDN) []daraja.RatibaItem {
	sum := sha256.Sum256([]byte(o.id))
	number := fmt.Sprint(1_000_000 + binary.BigEndian.Uint32(sum[:])%9_000_000)
	return []daraja.RatibaItem{
		{Name: "standingOrderName", Value: o.name}, {Name: "amount", Value: amount.String()},
		{Name: "issuePaymentReminderUntil", Value: o.end.Format(daraja.RatibaDate)}, {Name: "reminderScheduleId", Value: number},
		{Name: "firstPaymentReminderDate", Value: o.start.Format(daraja.RatibaDate)}, {Name: "status", Value: "ACTIVE"},
		{Name: "TransactionID", Value: number}, {Name: "ResponseCode", Value: "0"},
		{Name: "Status", Value: "OKAY"}, {Name: "Msisdn", Value: daraja.RatibaPhone(phone, false)},
	}
}
