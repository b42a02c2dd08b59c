package inbox

import (
	"cmp"
	"encoding/json"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/activity"
)

// event describes a webhook that was received, and returns the CheckoutRequestID in its
// body.
func (w Webhook) event() (e activity.Event, checkoutRequestID string) {
	e, checkoutRequestID = DescribeWebhook(w.Body)
	e.At, e.Signature, e.Status = w.At, w.signature, w.Answered
	if w.Answered == 0 {
		e.Error = "not answered: the connection was closed"
	}
	return e, checkoutRequestID
}

// DescribeWebhook returns what the body of a webhook says, and the CheckoutRequestID in
// it. The body is not trusted; the event makes it safe to print. A webhook does not have
// the payment's reference.
func DescribeWebhook(body []byte) (e activity.Event, checkoutRequestID string) {
	e.Kind = activity.KindWebhook
	fields := objectFields(body)
	if fields == nil {
		e.Result = "the body is not a JSON object"
		return e, ""
	}
	e.TransactionID, e.Receipt, e.ResultCode = text(fields["transaction_id"]), text(fields["mpesa_receipt"]), text(fields["result_code"])
	e.Amount, e.Phone = text(fields["amount"]), text(fields["phone"])
	e.Result = cmp.Or(text(fields["status"]), "the body has no status")
	if e.ResultCode != "" && e.ResultCode != string(daraja.ResultSuccess) {
		e.Result += ": " + activity.ResultText(e.ResultCode, text(fields["result_desc"]))
	}
	return e, text(fields["checkout_request_id"])
}

// objectFields returns the members of a JSON object, nil for anything else.
func objectFields(body []byte) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return nil
	}
	return fields
}

// text returns a JSON string's content and any other value as it is written;
// null and nothing are empty.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}
