package daraja

// BillManagerPrefix begins the paths of Bill Manager. All are POST.
const BillManagerPrefix = "/v1/billmanager-invoice"

// BillManagerPaths are the ways in which clients write the path of a call of Bill Manager: as
// documented, and with the prefix twice, as a letter of Safaricom's to a new user has it.
func BillManagerPaths(calls ...string) (all []string) {
	for _, call := range calls {
		all = append(all, BillManagerPrefix+"/"+call, BillManagerPrefix+BillManagerPrefix+"/"+call)
	}
	return all
}

// BillManagerAnswer is a success of Bill Manager.
type BillManagerAnswer struct {
	AppKey  string `json:"app_key,omitempty"`
	Status  string `json:"Status_Message,omitempty"`
	Message string `json:"resmsg"`
	Code    string `json:"rescode"`
	Errors  []any  `json:"errors,omitzero"` // nil leaves the key out
}

// NewBillManagerAnswer is a success with a status; "" for none.
func NewBillManagerAnswer(status string) BillManagerAnswer {
	return BillManagerAnswer{Status: status, Message: "Success", Code: BillManagerSuccess}
}

// BillManagerSuccess is the rescode of a success, also in the biller's answer to a payment.
const BillManagerSuccess = "200"

// BillManagerConflict is the body of a refusal. Its resmsg and rescode are Safaricom's; where
// the text stands is not known.
type BillManagerConflict struct {
	Status  string `json:"Status_Message"`
	Message string `json:"resmsg"`
	Code    string `json:"rescode"`
}

// BillManagerUnauthorized is the body of a refusal of the token: the envelope without requestId.
type BillManagerUnauthorized struct {
	ErrorCode    string `json:"errorCode"`
	ErrorMessage string `json:"errorMessage"`
}

// BillManagerBody is the body of a refusal by Bill Manager; nil for one in the usual envelope.
func BillManagerBody(e Error) any {
	switch e.Code {
	case codeBillConflict:
		return BillManagerConflict{Status: e.Message, Message: "Conflict", Code: e.Code}
	case codeBillToken:
		return BillManagerUnauthorized{ErrorCode: e.Code, ErrorMessage: e.Message}
	}
	return nil
}

const (
	codeBillConflict = "409"
	codeBillToken    = "401"
)

// ErrBillConflict: what Bill Manager refuses, in a body of its own.
func ErrBillConflict(text string) Error { return refusal(codeBillConflict, text) }

// Texts of Bill Manager's refusals.
const (
	BillPaid       = "partially or fully paid invoices cannot be cancelled."
	BillRegistered = "Biller already Registered"
	BillWrongKey   = "Invalid consumer key/shortcode"
)

// ErrBillField: a field of Bill Manager that is missing or malformed.
func ErrBillField(field string) Error { return ErrBillConflict("Invalid " + field) }

// ErrBillToken: a request of Bill Manager whose access token is missing, expired or of an app
// without the product.
func ErrBillToken() Error { return refusal(codeBillToken, "Unauthorized - Invalid Access Token") }

// BillPayment is what Bill Manager sends to a biller when an invoice is paid.
type BillPayment struct {
	TransactionID    string `json:"transactionId"`
	PaidAmount       string `json:"paidAmount"`
	MSISDN           string `json:"msisdn"`
	DateCreated      string `json:"dateCreated"` // 2021-09-15
	AccountReference string `json:"accountReference"`
	ShortCode        string `json:"shortCode"`
}

// BillReply is the biller's answer to a BillPayment.
type BillReply struct {
	Code Text `json:"rescode"`
}
