package httpapi

import "github.com/darajabox/darajabox/daraja"

// stkQuery answers POST /mpesa/stkpushquery/v1/query (reference: STK query).
func (s *server) stkQuery(r *request) (response, error) {
	f, fault := r.fields()
	query := daraja.STKQuery{
		BusinessShortCode: f.text("BusinessShortCode"),
		Password:          f.text("Password"),
		Timestamp:         f.text("Timestamp"),
		CheckoutRequestID: f.text("CheckoutRequestID"),
	}
	r.kept.Payment, r.kept.Shortcode = string(query.CheckoutRequestID), string(query.BusinessShortCode)
	result, reply, err := r.place.World.Query(r.call(fault), query)
	r.reply = reply
	return response{body: result}, r.hint(f, err, "BusinessShortCode", "Password", "Timestamp", "CheckoutRequestID")
}
