package httpapi

import "github.com/darajabox/darajabox/daraja"

// stkPush answers POST /mpesa/stkpush/v1/processrequest (reference: STK push).
func (s *server) stkPush(r *request) (response, error) {
	if err := s.world.Authorize(r.Header.Get("Authorization")); err != nil {
		return response{}, err
	}
	f, err := r.fields()
	if err != nil {
		return response{}, err
	}
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
	r.phone = string(push.PhoneNumber)
	ack, err := s.world.Push(push)
	if err != nil {
		return response{}, f.hint(err, "BusinessShortCode", "Password", "Timestamp", "TransactionType", "Amount",
			"PartyA", "PartyB", "PhoneNumber", "CallBackURL", "AccountReference", "TransactionDesc")
	}
	r.checkoutID = ack.CheckoutRequestID
	return response{body: ack}, nil
}
