package simulator

import (
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/darajabox/darajabox/daraja"
)

// push is an STK push whose fields have been read.
type push struct {
	shortcode string
	kind      string
	amount    daraja.Money
	phone     daraja.MSISDN
	partyB    string
	url       string
	reference string
}

// field is one check of a request, in the order in which Daraja makes them.
type field struct {
	name  string // as the refusal spells it
	fault string // "" when the field is right
}

// firstFault returns the refusal of the first field that is wrong, or nil.
func firstFault(fields []field) error {
	for _, f := range fields {
		if f.fault != "" {
			return daraja.ErrInvalidField(f.name).Because("%s", f.fault)
		}
	}
	return nil
}

// checkPush makes the checks of an STK push that need the request alone.
// TransactionDesc is answered as "Remarks", as on the wire.
func checkPush(r daraja.STKPush, strict bool) (push, error) {
	amount, amountFault := checkAmount(r.Amount)
	phone, phoneFault := checkMSISDN("PhoneNumber", r.PhoneNumber)
	_, partyAFault := checkMSISDN("PartyA", r.PartyA)
	err := firstFault([]field{
		{name: "BusinessShortCode", fault: checkShortcode("BusinessShortCode", r.BusinessShortCode)},
		{name: "Password", fault: checkPassword(r.Password)},
		{name: "Timestamp", fault: checkTimestamp(r.Timestamp)},
		{name: "TransactionType", fault: checkType(r.TransactionType)},
		{name: "Amount", fault: amountFault},
		{name: "PartyA", fault: partyAFault},
		{name: "PartyB", fault: checkShortcode("PartyB", r.PartyB)},
		{name: "PhoneNumber", fault: phoneFault},
		{name: "CallBackURL", fault: checkURL(r.CallBackURL, strict)},
		{name: "AccountReference", fault: required("AccountReference", r.AccountReference)},
		{name: "Remarks", fault: required("TransactionDesc", r.TransactionDesc)},
	})
	return push{
		shortcode: string(r.BusinessShortCode), kind: string(r.TransactionType), amount: amount, phone: phone,
		partyB: string(r.PartyB), url: string(r.CallBackURL), reference: string(r.AccountReference),
	}, err
}

// checkQuery makes the checks of an STK query that need the request alone.
func checkQuery(q daraja.STKQuery) error {
	id := ""
	if !daraja.ValidCheckoutRequestID(string(q.CheckoutRequestID)) {
		id = fmt.Sprintf("CheckoutRequestID is %.80q, it must be ws_CO_ and digits", string(q.CheckoutRequestID))
	}
	return firstFault([]field{
		{name: "BusinessShortCode", fault: checkShortcode("BusinessShortCode", q.BusinessShortCode)},
		{name: "Password", fault: checkPassword(q.Password)},
		{name: "Timestamp", fault: checkTimestamp(q.Timestamp)},
		{name: "CheckoutRequestID", fault: id},
	})
}

// readPhone and readAmount read what can be read of a field that may be wrong, so
// that a rule can be about a request that Daraja refuses.
func readPhone(v daraja.Text) daraja.MSISDN {
	m, err := daraja.ParseMSISDN(string(v))
	if err != nil && len(v) <= 32 {
		m, _ = daraja.NormaliseMSISDN(string(v))
	}
	return m
}

func readAmount(v daraja.Text) daraja.Money {
	m, _ := daraja.ParseMoney(string(v))
	return m
}

func required(name string, v daraja.Text) string {
	if v == "" {
		return name + " is missing or empty"
	}
	return ""
}

func checkShortcode(name string, v daraja.Text) string {
	if n, err := strconv.ParseUint(string(v), 10, 32); err != nil || len(v) < 5 || len(v) > 7 || n == 0 {
		return fmt.Sprintf("%s is %.40q, it must be 5 to 7 digits", name, string(v))
	}
	return ""
}

func checkPassword(v daraja.Text) string {
	if v == "" {
		return "Password is missing or empty; it must be base64(shortcode + passkey + timestamp)"
	}
	if _, err := base64.StdEncoding.DecodeString(string(v)); err != nil {
		return "Password is not base64; it must be base64(shortcode + passkey + timestamp)"
	}
	return ""
}

// checkTimestamp looks at the form only: Daraja takes a stamp of any age.
func checkTimestamp(v daraja.Text) string {
	if _, err := daraja.ParseTimestamp(string(v)); err != nil {
		return fmt.Sprintf("Timestamp is %.40q, it must be yyyyMMddHHmmss", string(v))
	}
	return ""
}

func checkType(v daraja.Text) string {
	if v != daraja.CustomerPayBillOnline && v != daraja.CustomerBuyGoodsOnline {
		return fmt.Sprintf("TransactionType is %.40q, it must be %s or %s", string(v), daraja.CustomerPayBillOnline, daraja.CustomerBuyGoodsOnline)
	}
	return ""
}

func checkAmount(v daraja.Text) (daraja.Money, string) {
	m, err := daraja.ParseMoney(string(v))
	if err != nil || !m.Whole() || m < daraja.MinPayment || m > daraja.MaxPayment {
		return 0, fmt.Sprintf("Amount is %.40q, it must be a whole number from %d to %d",
			string(v), daraja.MinPayment.Shillings(), daraja.MaxPayment.Shillings())
	}
	return m, ""
}

func checkMSISDN(name string, v daraja.Text) (daraja.MSISDN, string) {
	m, err := daraja.ParseMSISDN(string(v))
	if err != nil {
		return "", fmt.Sprintf("%s must be 2547XXXXXXXX or 2541XXXXXXXX, it has %d characters", name, len(v))
	}
	return m, ""
}

func checkURL(v daraja.Text, strict bool) string {
	if err := daraja.CheckCallbackURL(string(v), strict); err != nil {
		return err.Error()
	}
	return ""
}
