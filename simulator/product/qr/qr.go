// Package qr is Dynamic QR: a picture that a customer scans instead of typing whom to pay,
// how much and for what.
package qr

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/skip2/go-qrcode"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "qr"

// API is the name of the operation in rules, journal and queue.
const API simulator.API = "qr"

// SettingForm is which of the two known answers is given.
const SettingForm = "qr_answer"

// Pictures have a side of minSize to maxSize pixels.
const (
	minSize = 50
	maxSize = 1000
)

// Product is Dynamic QR.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc:  "dynamic QR: a code that says whom to pay, how much and for what. The picture holds the fields of the request as JSON; what Safaricom's pictures hold is not known",
		Operations: []simulator.Operation{{
			API: API, Synonyms: []string{"qrcode", "dynamicqr"}, Doc: "a QR code as a PNG",
			Method: "POST", Path: daraja.QRPath, Pages: []string{"Dynamic QR"}, Confidence: daraja.High,
			Fields: fields(), InvalidToken: daraja.ErrQRToken, Execute: execute,
		}},
		Errors: []simulator.Refusal{{Error: daraja.ErrQRToken()}},
		Settings: []simulator.Setting{
			{Name: SettingForm, Default: "2026", Allowed: []string{"2026", "documentation"},
				Doc: "answer to a request for a QR code: ResponseCode 00 without RequestID as captured, or an AG_ id as ResponseCode with a RequestID as documented"},
		},
	}
}

func fields() []simulator.Field {
	return []simulator.Field{
		{Name: "MerchantName", Check: simulator.Required, Doc: "Name of the business."},
		{Name: "RefNo", Key: simulator.ReferenceKey, Check: simulator.Required, Doc: "What is paid for, such as an invoice number."},
		{Name: "Amount", Key: simulator.AmountKey, Check: simulator.Amount, Doc: "Whole shillings."},
		{Name: "TrxCode", Check: simulator.OneOf(daraja.QRBuyGoods, daraja.QRWithdrawCash, daraja.QRPaybill, daraja.QRSendMoney, daraja.QRSendToBusiness),
			Doc: "BG for a till, WA for an agent's till, PB for a paybill, SM for a phone, SB for a business's phone."},
		{Name: "CPI", Key: simulator.ShortcodeKey, Check: creditParty, Doc: "Who is paid: a till, a paybill or a phone."},
		{Name: "Size", Check: size, Doc: fmt.Sprintf("Side of the picture in pixels, %d to %d.", minSize, maxSize)},
	}
}

// creditParty takes the digits of a shortcode or a phone.
func creditParty(name string, v daraja.Text) string {
	if n, err := strconv.ParseUint(string(v), 10, 64); err != nil || n == 0 || len(v) < 5 || len(v) > 12 {
		return fmt.Sprintf("%s is %.40q, it must be a till, a paybill or a phone number: 5 to 12 digits", name, string(v))
	}
	return ""
}

func size(name string, v daraja.Text) string {
	if n, err := strconv.Atoi(string(v)); err != nil || n < minSize || n > maxSize {
		return fmt.Sprintf("%s is %.40q, it must be a number of pixels from %d to %d", name, string(v), minSize, maxSize)
	}
	return ""
}

// content is what the picture holds. Safaricom's content is not known; this one lets a test
// compare the picture with the request.
type content struct{ MerchantName, RefNo, Amount, TrxCode, CPI string }

// execute draws the picture (reference: dynamic QR).
func execute(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	text, err := json.Marshal(content{x.Text("MerchantName"), x.Text("RefNo"), x.Text("Amount"), x.Text("TrxCode"), x.Text("CPI")})
	if err != nil {
		return nil, err
	}
	side, _ := strconv.Atoi(x.Text("Size")) // it was checked
	picture, err := draw(string(text), side)
	if err != nil {
		return nil, daraja.ErrInvalidField("Size").Because("the QR code does not fit into Size %d: %s; shorten MerchantName and RefNo, or raise Size", side, err)
	}
	answer := daraja.QRAnswer{
		ResponseCode: "00", ResponseDescription: "The service request is processed successfully.", QRCode: base64.StdEncoding.EncodeToString(picture),
	}
	if l.Setting(SettingForm) == "documentation" {
		answer.ResponseCode, answer.RequestID, answer.ResponseDescription = l.ConversationID(x), l.RequestID(x), "QR Code Successfully Generated."
	}
	return answer, nil
}

// draw makes a PNG of a square of some pixels. It fails when the text needs more.
func draw(text string, side int) ([]byte, error) {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil, err
	}
	if needs := code.Image(side).Bounds().Dx(); needs > side {
		return nil, fmt.Errorf("the code needs %d pixels", needs)
	}
	return code.PNG(side)
}
