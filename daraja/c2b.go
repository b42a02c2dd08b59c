package daraja

import "fmt"

// Paths of C2B. All are POST; each version is a product of its own for an app.
const (
	C2BRegisterPath   = "/mpesa/c2b/v1/registerurl"
	C2BRegisterPathV2 = "/mpesa/c2b/v2/registerurl"
	C2BSimulatePath   = "/mpesa/c2b/v1/simulate"
	C2BSimulatePathV2 = "/mpesa/c2b/v2/simulate"

	// C2BSimulatePathSDK is the path that Safaricom's own Java SDK calls.
	C2BSimulatePathSDK = "/safaricom/c2b/v1/simulate"
)

// What M-PESA does with a payment when the validation URL does not answer.
const (
	C2BCompleted = "Completed"
	C2BCancelled = "Cancelled"
)

// C2BAck answers the registration of URLs and a simulated payment. The wire misspells
// OriginatorCoversationID.
type C2BAck struct {
	OriginatorCoversationID string
	ResponseCode            string `json:",omitempty"`
	ResponseDescription     string
}

// C2BPayment is the body of a validation and of a confirmation. Every value is a string.
type C2BPayment struct {
	TransactionType   string
	TransID           string
	TransTime         string
	TransAmount       string
	BusinessShortCode string
	BillRefNumber     string
	InvoiceNumber     string
	OrgAccountBalance string
	ThirdPartyTransID string
	MSISDN            string
	FirstName         string
	MiddleName        *string `json:",omitempty"` // nil leaves the key out
	LastName          *string `json:",omitempty"`
}

// C2BReply is what a merchant answers to a validation.
type C2BReply struct {
	ResultCode        Text
	ResultDesc        string
	ThirdPartyTransID string
}

// Accepts reports whether the payment may be made.
func (r C2BReply) Accepts() bool { return r.ResultCode == "0" || r.ResultCode == "Success" }

// ErrC2BField: a field of C2B that is missing or malformed.
func ErrC2BField(field string) Error { return refusal("400.003.02", "Bad Request - Invalid "+field) }

// ErrC2BToken: C2B request whose access token is missing, expired or of an app without
// the product.
func ErrC2BToken() Error {
	return refusal("401.003.01", "Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found")
}

// ErrC2BUnreachable: a shortcode that C2B does not know.
func ErrC2BUnreachable() Error {
	return refusal("500.003.1001", "Service is currently unreachable. Please try again later.")
}

// ErrC2BRegistered: production takes the URLs of a shortcode once.
func ErrC2BRegistered() Error { return refusal("500.003.1001", "Urls are already registered.") }

// ErrC2BDuplicate: the URLs of a shared shortcode of the sandbox are on Safaricom's aggregator
// platform already. The numbers are that platform's.
func ErrC2BDuplicate(sp, correlator uint64) Error {
	return refusal("500.003.1001", fmt.Sprintf("Duplicate notification info, SP ID is %d, correlator is %d", sp, correlator))
}

// ErrC2BForeignShortcode: the shortcode is not the one of the app.
func ErrC2BForeignShortcode() Error {
	return refusal("400.003.02", "Bad Request - Kindly use your own ShortCode")
}

// C2BRegisteredBefore answers a second registration with 200, as production did in 2019.
type C2BRegisteredBefore struct {
	ConversationID          string
	OriginatorCoversationID string
	ResponseDescription     string
}

// NewC2BRegisteredBefore has the text of 2019, and ids that are empty.
func NewC2BRegisteredBefore() C2BRegisteredBefore {
	return C2BRegisteredBefore{ResponseDescription: "Validation and Confirmation URLs are already registered"}
}
