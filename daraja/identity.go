package daraja

// Paths of the look-ups of a SIM: all are POST.
const (
	SIMSwapPath      = "/imsi/v2/checkATI"
	IMSIPath         = "/imsi/v1/checkATI"
	AgeOnNetworkPath = "/registration/lookup/v1/checkATI"
)

// Paths of the look-ups of a customer and of an organisation: all are POST.
const (
	KYCPath           = "/v1/KYC-validation/validateID"
	OrganisationPath  = "/sfcverify/v1/query/info"
	B2CHakikishaPath  = "/mpesa/b2c/hakikisha/v1/hakikisha"
	IdentifierPaybill = "4"
	IdentifierTill    = "2"
)

// SIMSwapAnswer says when the SIM of a number was last changed.
type SIMSwapAnswer struct {
	RequestRefID string `json:"requestRefID"`
	ResponseCode string `json:"responseCode"`
	ResponseDesc string `json:"responseDesc"`
	LastSwapDate string `json:"lastSwapDate"` // dd-MM-yyyy HH:mm; SIMSwapLongAgo
}

// SIMSwapLongAgo is the LastSwapDate of a SIM that is older than three months.
const SIMSwapLongAgo = "01-01-1900 00:00"

// IMSIAnswer has the hashed IMSI of a number. Dates are dd-MM-yyyy.
type IMSIAnswer struct {
	RequestRefID           string `json:"requestRefID"`
	ResponseCode           string `json:"responseCode"`
	ResponseDesc           string `json:"responseDesc"`
	IMSI                   string `json:"imsi"`
	LastSwapDate           string `json:"lastSwapDate"`
	MSISDNRegistrationDate string `json:"msisdnRegistrationDate"`
	CustomerNumber         string `json:"customerNumber"`
}

// AgeOnNetworkAnswer says since when a number is in use: dd-MM-yyyy.
type AgeOnNetworkAnswer struct {
	RequestRefID           string `json:"requestRefID"`
	ResponseCode           string `json:"responseCode"`
	ResponseDesc           string `json:"responseDesc"`
	MSISDNRegistrationDate string `json:"msisdnRegistrationDate"`
	CustomerNumber         string `json:"customerNumber"`
}

// LookupRefusal is the body of a refusal by the look-ups of a SIM.
type LookupRefusal struct {
	ResponseCode string `json:"responseCode"`
	ResponseDesc string `json:"responseDesc"`
}

// KYCAnswer says whether a document is that of a number's owner.
type KYCAnswer struct {
	ResponseRefID   string `json:"responseRefID"`
	ResponseCode    string `json:"responseCode"`
	ResponseMessage string `json:"responseMessage"`
	Status          string `json:"status"` // "true" or "false"
}

// OrganisationAnswer names the organisation of a shortcode. The last three fields are those
// of a success only.
type OrganisationAnswer struct {
	ConversationID        string
	ResponseCode          string
	ResponseMessage       string
	DetailedMessage       string
	OrganizationShortCode string `json:",omitempty"`
	OrganizationName      string `json:",omitempty"`
	ChargeProfileID       string `json:",omitempty"`
}

// HakikishaHeader is the header of an answer of B2C Hakikisha.
type HakikishaHeader struct {
	RequestID string `json:"requestID"` // as it was asked
	Timestamp string `json:"timestamp"`
	Status    string `json:"status"`
	Message   string `json:"message"`
}

// HakikishaAnswer has the first name of a number's owner, and what begins the others.
type HakikishaAnswer struct {
	Header HakikishaHeader `json:"header"`
	Body   HakikishaName   `json:"body"`
}

// HakikishaName is a name whose parts after the first are masked.
type HakikishaName struct {
	FirstName  string `json:"firstName"`
	MiddleName string `json:"middleName"`
	LastName   string `json:"lastName"`
}

// HakikishaRefusal is the body of a refusal by B2C Hakikisha.
type HakikishaRefusal struct {
	Header HakikishaHeader `json:"header"`
	Body   HakikishaReason `json:"body"`
}

// HakikishaReason says why there is no name.
type HakikishaReason struct {
	Message string `json:"message"`
}

// ErrServiceToken: a request of the services whose answer is their result, and whose access
// token is missing, expired or of an app without the product.
func ErrServiceToken() Error { return refusal("401.001", "Invalid Access Token") }

// ErrLookup: a look-up that fails, in a form of its own: an HTTP status, a code of three
// digits and a text.
func ErrLookup(status int, code, text string) Error {
	return Error{Status: status, Code: code, Message: text}
}
