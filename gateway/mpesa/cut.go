package mpesa

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// cutPrompt reads the ids of the prompt from an answer to a push that ends too early. It
// has none when the CheckoutRequestID is not complete, or when the answer says that the
// push was not accepted.
func cutPrompt(body []byte) gateway.PushAck {
	fields, cut := cutFields(body)
	code, hasCode := fields[daraja.FoldKey("ResponseCode")]
	_, isError := fields[daraja.FoldKey("errorCode")]
	id, _ := fields[daraja.FoldKey("CheckoutRequestID")].(string)
	accepts := !hasCode || code == "0" || code == json.Number("0")
	if !cut || isError || !accepts || id == "" || len(id) > maxID {
		return gateway.PushAck{}
	}
	prompt := gateway.PushAck{CheckoutRequestID: id}
	if merchant, _ := fields[daraja.FoldKey("MerchantRequestID")].(string); len(merchant) <= maxID {
		prompt.MerchantRequestID = merchant
	}
	return prompt
}

// cutFields reads the complete fields of an object that ends too early, by their folded
// keys. cut is false for what is no such object or has another value than a plain one: the
// answer to a push is flat.
func cutFields(body []byte) (fields map[string]json.Token, cut bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, false
	}
	fields = make(map[string]json.Token)
	for {
		key, err := d.Token()
		if err != nil {
			return fields, endsEarly(err)
		}
		name, isKey := key.(string)
		if !isKey { // the object is complete
			return nil, false
		}
		value, err := d.Token()
		if err != nil {
			return fields, endsEarly(err)
		}
		if _, nested := value.(json.Delim); nested {
			return nil, false
		}
		fields[daraja.FoldKey(name)] = value
	}
}

func endsEarly(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
