package daraja

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Paths of M-PESA Express, known as STK push. All are POST.
const (
	STKPushPath    = "/mpesa/stkpush/v1/processrequest"
	STKQueryPath   = "/mpesa/stkpushquery/v1/query"
	STKQueryPathV2 = "/mpesa/stkpushquery/v2/query"
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

// STKQuery asks for the result of a prompt.
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
	ResultCode          Text
	ResultDesc          string
}

// NewSTKQueryResult is the answer of an accepted query. Until 2023 the wire spelt its
// description with three s; typo does so.
func NewSTKQueryResult(merchantRequestID, checkoutRequestID string, code ResultCode, desc string, typo bool) STKQueryResult {
	description := "The service request has been accepted successfully"
	if typo {
		description = "The service request has been accepted successsfully"
	}
	return STKQueryResult{
		ResponseCode: "0", ResponseDescription: description,
		MerchantRequestID: merchantRequestID, CheckoutRequestID: checkoutRequestID,
		ResultCode: Text(code), ResultDesc: desc,
	}
}

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
	var e struct {
		Body struct {
			STKCallback stkCallback `json:"stkCallback"`
		}
	}
	e.Body.STKCallback = stkCallback{c.MerchantRequestID, c.CheckoutRequestID, c.ResultCode, c.ResultDesc, c.Payment.metadata(style)}
	b, err := Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encoding STK callback: %w", err)
	}
	return b, nil
}

func (p *STKPayment) metadata(style CallbackStyle) *stkMetadata {
	if p == nil {
		return nil
	}
	amount := p.Amount.String()
	if style.WholeAmount && p.Amount.Whole() {
		amount = strconv.FormatInt(p.Amount.Shillings(), 10)
	}
	items := append(make([]stkItem, 0, 5),
		stkItem{Name: "Amount", Value: json.RawMessage(amount)},
		stkItem{Name: "MpesaReceiptNumber", Value: json.RawMessage(strconv.Quote(p.Receipt))},
	)
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
	if !json.Valid(b) {
		return STKCallback{}, errors.New("reading STK callback: it is not JSON")
	}
	r, err := ReadSTKCallback(b)
	if err != nil {
		return STKCallback{}, err
	}
	c := STKCallback{MerchantRequestID: r.MerchantRequestID, CheckoutRequestID: r.CheckoutRequestID, ResultCode: r.ResultCode, ResultDesc: r.ResultDesc}
	switch {
	case c.CheckoutRequestID == "" || c.ResultCode == "":
		return STKCallback{}, errors.New("reading STK callback: no Body.stkCallback with CheckoutRequestID and ResultCode")
	case c.ResultCode != ResultSuccess:
		return c, nil
	case !r.Metadata || r.Unreadable:
		return STKCallback{}, errors.New("reading STK callback: success without CallbackMetadata")
	}
	if c.Payment, err = r.payment(); err != nil {
		return STKCallback{}, fmt.Errorf("reading STK callback: %w", err)
	}
	return c, nil
}

// payment reads the items of a success.
func (r STKReading) payment() (*STKPayment, error) {
	p := &STKPayment{Receipt: r.Receipt, Phone: r.PhoneNumber}
	var err error
	if p.Amount, err = ParseMoney(r.Amount); err != nil {
		return nil, err
	}
	if n := len(r.Receipt); n == 0 || n > maxID {
		return nil, fmt.Errorf("success with a MpesaReceiptNumber of %d bytes", n)
	}
	if r.TransactionDate != "" {
		p.At, err = ParseTimestamp(r.TransactionDate)
	}
	return p, err
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
