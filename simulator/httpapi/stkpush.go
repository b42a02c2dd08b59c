package httpapi

import "github.com/darajabox/darajabox/daraja"

// stkPush answers POST /mpesa/stkpush/v1/processrequest (reference: STK push).
func (s *server) stkPush(r *request) (response, error) {
	f, fault := r.fields()
	push := daraja.STKPush{
		BusinessShortCode: f.text("BusinessShortCode"),
		Password:          f.text("Password"),
		Timestamp:         f.text("Timestamp"),
		TransactionType:   f.text("TransactionType"),
		Amount:            f.text("Amount"),
		PartyA:            f.text("PartyA"),
		PartyB:            f.text("PartyB"),
		PhoneNumber:       f.text("PhoneNumber"),
		CallBackURL:       f.text("CallBackURL"),
		AccountReference:  f.text("AccountReference"),
		TransactionDesc:   f.text("TransactionDesc"),
	}
	r.kept.Phone, r.kept.Reference = string(push.PhoneNumber), string(push.AccountReference)
	r.kept.Shortcode, r.kept.Amount = string(push.BusinessShortCode), string(push.Amount)
	ack, reply, err := r.place.World.Push(r.call(fault), push)
	r.reply, r.kept.Payment = reply, ack.CheckoutRequestID
	return response{body: ack}, r.hint(f, err, "BusinessShortCode", "Password", "Timestamp", "TransactionType", "Amount",
		"PartyA", "PartyB", "PhoneNumber", "CallBackURL", "AccountReference", "TransactionDesc")
}
