package daraja

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Paths of M-PESA Express, known as STK push. Both are POST.
const (
	STKPushPath  = "/mpesa/stkpush/v1/processrequest"
	STKQueryPath = "/mpesa/stkpushquery/v1/query"
)

// Transaction types of an STK push.
const (
	CustomerPayBillOnline  = "CustomerPayBillOnline"
	CustomerBuyGoodsOnline = "CustomerBuyGoodsOnline"
)

// PromptLimit is how many characters fit on the handset's prompt; a longer one
// fails after it was accepted.
const PromptLimit = 182

// STKPush is the request that puts a prompt on a customer's phone. Amount is in
// whole shillings; Timestamp is EAT, yyyyMMddHHmmss.
type STKPush struct {
	BusinessShortCode Text
	Password          Text
	Timestamp         Text
	TransactionType   Text
	Amount            Text
	PartyA            Text
	PartyB            Text
	PhoneNumber       Text
	CallBackURL       Text
	AccountReference  Text
	TransactionDesc   Text
}

// STKPushAck says that a prompt is on its way. It says nothing of payment.
type STKPushAck struct {
	MerchantRequestID   string
	CheckoutRequestID   string
	ResponseCode        string
	ResponseDescription string
	CustomerMessage     string
}

// NewSTKPushAck is the acknowledgement of an accepted push.
func NewSTKPushAck(merchantRequestID, checkoutRequestID string) STKPushAck {
	const accepted = "Success. Request accepted for processing"
	return STKPushAck{merchantRequestID, checkoutRequestID, "0", accepted, accepted}
}

// STKQuery asks what became of a prompt.
type STKQuery struct {
	BusinessShortCode Text
	Password          Text
	Timestamp         Text
	CheckoutRequestID Text
}

// STKQueryResult answers STKQuery. ResultCode is a string here and a number in
// the callback. The answer never carries a receipt, an amount or a phone.
type STKQueryResult struct {
	ResponseCode        Text
	ResponseDescription string
	MerchantRequestID   string
	CheckoutRequestID   string
	ResultCode          ResultText
	ResultDesc          string
}

// NewSTKQueryResult is the answer of an accepted query. The wire spells its
// description with three s; typo keeps that.
func NewSTKQueryResult(merchantRequestID, checkoutRequestID string, code ResultCode, desc string, typo bool) STKQueryResult {
	description := "The service request has been accepted successfully"
	if typo {
		description = "The service request has been accepted successsfully"
	}
	return STKQueryResult{
		ResponseCode: "0", ResponseDescription: description,
		MerchantRequestID: merchantRequestID, CheckoutRequestID: checkoutRequestID,
		ResultCode: ResultText(code), ResultDesc: desc,
	}
}

// ResultText is a result code that is printed as a string and read as either.
type ResultText ResultCode

// UnmarshalJSON implements json.Unmarshaler.
func (r *ResultText) UnmarshalJSON(b []byte) error { return (*Text)(r).UnmarshalJSON(b) }

// STKCallback is what Daraja posts to CallBackURL when a prompt has ended.
type STKCallback struct {
	MerchantRequestID string
	CheckoutRequestID string
	ResultCode        ResultCode
	ResultDesc        string
	Payment           *STKPayment // nil unless ResultCode is 0
}

// STKPayment is the metadata of a successful callback.
type STKPayment struct {
	Amount  Money
	Receipt string
	At      time.Time // to the second
	Phone   string    // digits, or masked
}

// CallbackStyle chooses between forms of the callback that were all seen on the
// wire. The zero value is the most common one.
type CallbackStyle struct {
	WholeAmount bool // 1 instead of 1.00
	NoBalance   bool // leave out the item Balance, which never has a value
}

type stkEnvelope struct {
	Body struct {
		STKCallback *stkCallback `json:"stkCallback"`
	}
}

type stkCallback struct {
	MerchantRequestID string
	CheckoutRequestID string
	ResultCode        ResultCode
	ResultDesc        string
	CallbackMetadata  *stkMetadata `json:",omitempty"`
}

type stkMetadata struct {
	Item []stkItem
}

type stkItem struct {
	Name  string
	Value json.RawMessage `json:",omitempty"`
}

// Encode prints c as Daraja does: compact, keys in this order, numbers for
// amount, date and phone, and no metadata at all on a failure.
func (c STKCallback) Encode(style CallbackStyle) ([]byte, error) {
	var e stkEnvelope
	e.Body.STKCallback = &stkCallback{
		MerchantRequestID: c.MerchantRequestID,
		CheckoutRequestID: c.CheckoutRequestID,
		ResultCode:        c.ResultCode,
		ResultDesc:        c.ResultDesc,
	}
	if c.Payment != nil {
		e.Body.STKCallback.CallbackMetadata = c.Payment.metadata(style)
	}
	b, err := Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encoding STK callback: %w", err)
	}
	return b, nil
}

func (p STKPayment) metadata(style CallbackStyle) *stkMetadata {
	amount := p.Amount.String()
	if style.WholeAmount && p.Amount.Whole() {
		amount = strconv.FormatInt(p.Amount.Shillings(), 10)
	}
	items := []stkItem{
		{Name: "Amount", Value: json.RawMessage(amount)},
		{Name: "MpesaReceiptNumber", Value: json.RawMessage(strconv.Quote(p.Receipt))},
	}
	if !style.NoBalance {
		items = append(items, stkItem{Name: "Balance"})
	}
	return &stkMetadata{Item: append(items,
		stkItem{Name: "TransactionDate", Value: json.RawMessage(Timestamp(p.At))},
		stkItem{Name: "PhoneNumber", Value: json.RawMessage(p.Phone)},
	)}
}

// Limits of what a callback may bring: several times what was ever seen. A longer
// ResultDesc is cut.
const (
	maxID   = 100
	maxDesc = 1000
)

// DecodeSTKCallback reads a callback in any of the forms that were seen on the
// wire: numbers as strings, amounts with and without decimals, items missing. It
// fails on what is not a callback, and on a success without a readable amount and
// receipt.
func DecodeSTKCallback(b []byte) (STKCallback, error) {
	var e stkEnvelope
	if err := json.Unmarshal(b, &e); err != nil {
		return STKCallback{}, fmt.Errorf("reading STK callback: %w", err)
	}
	in := e.Body.STKCallback
	if in == nil || in.ResultCode == "" || in.CheckoutRequestID == "" {
		return STKCallback{}, fmt.Errorf("reading STK callback: no Body.stkCallback with CheckoutRequestID and ResultCode")
	}
	if max(len(in.CheckoutRequestID), len(in.MerchantRequestID), len(in.ResultCode)) > maxID {
		return STKCallback{}, fmt.Errorf("reading STK callback: an id or ResultCode is over %d bytes", maxID)
	}
	c := STKCallback{
		MerchantRequestID: in.MerchantRequestID,
		CheckoutRequestID: in.CheckoutRequestID,
		ResultCode:        in.ResultCode,
		ResultDesc:        in.ResultDesc[:min(len(in.ResultDesc), maxDesc)],
	}
	if c.ResultCode != ResultSuccess {
		return c, nil
	}
	if in.CallbackMetadata == nil {
		return STKCallback{}, fmt.Errorf("reading STK callback: success without CallbackMetadata")
	}
	p, err := in.CallbackMetadata.payment()
	if err != nil {
		return STKCallback{}, fmt.Errorf("reading STK callback: %w", err)
	}
	c.Payment = &p
	return c, nil
}

func (m stkMetadata) payment() (STKPayment, error) {
	values := make(map[string]string, len(m.Item))
	for _, item := range m.Item {
		var t Text
		if len(item.Value) > 0 {
			if err := t.UnmarshalJSON(item.Value); err != nil {
				return STKPayment{}, fmt.Errorf("item %s: %w", item.Name, err)
			}
		}
		values[item.Name] = string(t)
	}
	amount, err := ParseMoney(values["Amount"])
	if err != nil {
		return STKPayment{}, err
	}
	if n := len(values["MpesaReceiptNumber"]); n == 0 || n > maxID {
		return STKPayment{}, fmt.Errorf("success with a MpesaReceiptNumber of %d bytes", n)
	}
	p := STKPayment{Amount: amount, Receipt: values["MpesaReceiptNumber"], Phone: values["PhoneNumber"]}
	if at := values["TransactionDate"]; at != "" {
		if p.At, err = ParseTimestamp(at); err != nil {
			return STKPayment{}, err
		}
	}
	return p, nil
}

// Marshal is json.Marshal without the escaping of <, > and &, which Daraja does
// not do.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
