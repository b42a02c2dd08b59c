package mpesa

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// judgePush reads the answer to a push. An answer refuses the push only when it is
// known to come before the prompt: by its status alone, or by its code and text.
// After every other answer the customer may have the prompt, and the error is
// ambiguous. So is one that says two things.
func judgePush(r reply) (gateway.PushAck, *gateway.PushError) {
	_, isError := daraja.ParseError(r.status, r.body)
	refuses := isError || r.status < 200 || r.status >= 300
	if daraja.RepeatsKey(r.body) || refuses && alsoAccepts(r) {
		return gateway.PushAck{}, &gateway.PushError{Ambiguous: true, Message: "M-PESA's answer contradicts itself"}
	}
	if e, ok := daraja.ParseError(r.status, r.body); ok {
		return gateway.PushAck{}, &gateway.PushError{
			Ambiguous: !refusesByStatus(r.status) && !refusesByText(e), Message: fmt.Sprintf("%s (%s)", e.Message, e.Code), Err: e,
		}
	}
	if r.status >= 200 && r.status < 300 {
		ack, err := judgeAck(r)
		if err != nil {
			err.Prompt = cutPrompt(r.body)
		}
		return ack, err
	}
	return gateway.PushAck{}, &gateway.PushError{Ambiguous: !refusesByStatus(r.status), Message: fmt.Sprintf("M-PESA answered %d", r.status)}
}

// alsoAccepts reports whether a refusal has what an accepted push is answered with.
func alsoAccepts(r reply) bool {
	_, err := judgeAck(r)
	return err == nil
}

// refusesByStatus lists the statuses that Daraja and the edge before it give to a
// request which they do not pass on. 408 is none: the request may have been passed on.
func refusesByStatus(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusTooManyRequests:
		return true
	default:
		return false
	}
}

// refusesByText lists the refusals that come with 500 or 503, by code and text: one
// code has many texts, and most of them do not say how far the push got.
func refusesByText(e *daraja.Error) bool {
	if e.Status != http.StatusInternalServerError && e.Status != http.StatusServiceUnavailable {
		return false
	}
	text := plainText(e.Message)
	is := func(known daraja.Error) bool { return text == plainText(known.Message) }
	switch e.Code {
	case daraja.ErrLocked().Code:
		return is(daraja.ErrWrongCredentials()) || text == "[merchantvalidate] - wrong credentials" ||
			is(daraja.ErrNoMerchant()) || is(daraja.ErrLocked()) ||
			is(daraja.ErrTypeNotAllowed(daraja.CustomerPayBillOnline)) || is(daraja.ErrTypeNotAllowed(daraja.CustomerBuyGoodsOnline))
	case daraja.ErrMaintenance().Code, "00.002.1001":
		return is(daraja.ErrMaintenance())
	case daraja.ErrBusy().Code:
		return is(daraja.ErrBusy()) || is(daraja.ErrSpikeArrest()) || text == "spike arrest violation"
	case daraja.ErrQuota().Code:
		return is(daraja.ErrQuota()) || text == "quota violation"
	default:
		return false
	}
}

// plainText makes spellings of one text alike: Daraja's products differ in case, blanks
// and final periods.
func plainText(s string) string {
	return strings.TrimRight(strings.Join(strings.Fields(strings.ToLower(s)), " "), ".")
}

// maxID bounds the identifiers that are taken from Daraja, in bytes: as those of a
// callback are, which could not be matched with a longer one.
const maxID = 100

// judgeAck reads an answer with a 2xx. No ResponseCode beside 0 is known to come
// before the prompt, so none refuses the push.
func judgeAck(r reply) (gateway.PushAck, *gateway.PushError) {
	var ack struct {
		MerchantRequestID, CheckoutRequestID, ResponseCode, ResponseDescription daraja.Text
	}
	err := json.Unmarshal(r.body, &ack)
	switch {
	case err != nil, ack.ResponseCode == "", ack.ResponseCode == "0" && ack.CheckoutRequestID == "",
		len(ack.CheckoutRequestID) > maxID, len(ack.MerchantRequestID) > maxID:
		return gateway.PushAck{}, &gateway.PushError{Ambiguous: true, Message: "M-PESA's answer cannot be read", Err: err}
	case ack.ResponseCode != "0":
		return gateway.PushAck{}, &gateway.PushError{Ambiguous: true, Message: fmt.Sprintf("%s (%s)", ack.ResponseDescription, ack.ResponseCode)}
	}
	return gateway.PushAck{
		MerchantRequestID: string(ack.MerchantRequestID),
		CheckoutRequestID: string(ack.CheckoutRequestID),
	}, nil
}
