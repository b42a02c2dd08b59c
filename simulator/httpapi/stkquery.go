package httpapi

import "github.com/darajabox/darajabox/daraja"

// stkQuery answers POST /mpesa/stkpushquery/v1/query (reference: STK query).
func (s *server) stkQuery(r *request) (response, error) {
	if err := s.world.Authorize(r.Header.Get("Authorization")); err != nil {
		return response{}, err
	}
	f, err := r.fields()
	if err != nil {
		return response{}, err
	}
	query := daraja.STKQuery{
		BusinessShortCode: f.text("BusinessShortCode"),
		Password:          f.text("Password"),
		Timestamp:         f.text("Timestamp"),
		CheckoutRequestID: f.text("CheckoutRequestID"),
	}
	r.checkoutID = string(query.CheckoutRequestID)
	result, err := s.world.Query(query)
	if err != nil {
		return response{}, f.hint(err, "BusinessShortCode", "Password", "Timestamp", "CheckoutRequestID")
	}
	return response{body: result}, nil
}
