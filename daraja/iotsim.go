package daraja

// Paths of IoT SIM Management; all are POST.
const (
	IoTAllSIMsPath        = "/simportal/v1/allsims"
	IoTLifeCyclePath      = "/simportal/v1/queryLifeCycleStatus"
	IoTCustomerPath       = "/simportal/v1/querycustomerinfo"
	IoTActivatePath       = "/simportal/v1/simactivation"
	IoTTrendsPath         = "/simportal/v1/getactivationtrends"
	IoTRenamePath         = "/simportal/v1/renameasset"
	IoTSuspendPath        = "/simportal/v1/suspend_unsuspend_sub"
	IoTSearchMessagesPath = "/simportal/v1/searchmessages"
	IoTFilterMessagesPath = "/simportal/v1/filtermessages"
	IoTAllMessagesPath    = "/simportal/v1/getallmessages"
	IoTSendMessagePath    = "/simportal/v1/sendsinglemessage"
	IoTDeleteMessagePath  = "/simportal/v1/deletemessage"
	IoTDeleteThreadPath   = "/simportal/v1/deleteMessageThread"
)

// IoTAnswer is the answer to every call of IoT SIM Management.
type IoTAnswer struct {
	Header ServiceHeader `json:"header"`
	Body   any           `json:"body"`
}

// IoTSIMs is the body of a list of SIMs.
type IoTSIMs struct {
	Desc []IoTSIM
}

// IoTSIM is a SIM in a machine. "-" stands for what is not known.
type IoTSIM struct {
	LifeCycleStatus string `json:"life_cycle_status"`
	ICCID           string `json:"iccid"`
	AssetName       string `json:"asset_name"`
	ActivationDate  string `json:"activation_date"`
	ExpiryDate      string `json:"expiry_date"` // a year
	IMEI            string `json:"imei"`
	ProductStatus   string `json:"product_status"`
	IMSI            string `json:"imsi"`
	MSISDN          string `json:"msisdn"`
	VPNGroup        string `json:"vpn_group"`
	ActivationAgent string `json:"activation_agent"`
}

// IoTLifeCycle is the state of a SIM.
type IoTLifeCycle struct {
	Desc       string `json:"desc"`
	Status     string `json:"status"`
	StatusCode string `json:"statusCode"`
}

// IoTCustomer is the tariff of a SIM.
type IoTCustomer struct {
	OfferingName     string `json:"offeringName"`
	OfferingStatus   string `json:"offeringStatus"`
	SubscriberStatus string `json:"subscriberStatus"`
	OfferingID       string `json:"offeringId"`
	VPNGroup         string `json:"vpnGroup"`
}

// IoTActivation says that a SIM was activated.
type IoTActivation struct {
	Desc      string
	RequestID string `json:"requestId"`
	ID        string
}

// IoTTrends is the body of a report, one inside the other.
type IoTTrends struct {
	Body []IoTTrend `json:"body"`
}

// IoTTrend is how many SIMs were in each state at the end of each day.
type IoTTrend struct {
	PooledTrend    []string `json:"pooledTrend"`
	SuspendedTrend []string `json:"suspendedTrend"`
	Dates          []string `json:"dates"` // yyyyMMdd
	ActiveTrend    []string `json:"activeTrend"`
	IdleTrend      []string `json:"idleTrend"`
}

// IoTRenamed says that a SIM has another name.
type IoTRenamed struct {
	Result string `json:"result"`
	Desc   string `json:"desc"`
}

// IoTSuspended says that a SIM was suspended or resumed.
type IoTSuspended struct {
	StatusCode int    `json:"statusCode"`
	StatusDesc string `json:"statusDesc"`
}

// IoTMessage is an SMS to a SIM. A search has the receipt's id under another name, recepitId.
type IoTMessage struct {
	ID               int    `json:"id"`
	ReceiptID        int    `json:"receiptId"`
	SourceAddr       string `json:"sourceAddr"`
	MSISDN           string `json:"msisdn"`
	Message          string `json:"message"`
	SourceSystem     string `json:"sourceSystem"`
	ProcessingStatus string `json:"processingStatus"`
	MessageID        string `json:"messageId"`
	Date             string `json:"date"` // dd-MM-yyyy HH:mm:ss
	DeliverTime      string `json:"deliverTime"`
	Description      string `json:"description"`
	VPNGroup         string `json:"vpnGroup"`
}

// IoTFound is an IoTMessage as a search has it.
type IoTFound struct {
	ID               int    `json:"id"`
	RecepitID        int    `json:"recepitId"`
	SourceAddr       string `json:"sourceAddr"`
	MSISDN           string `json:"msisdn"`
	Message          string `json:"message"`
	SourceSystem     string `json:"sourceSystem"`
	ProcessingStatus string `json:"processingStatus"`
	MessageID        string `json:"messageId"`
	Date             string `json:"date"`
	DeliverTime      string `json:"deliverTime"`
	Description      string `json:"description"`
	VPNGroup         string `json:"vpnGroup"`
}

// IoTPage is a page of messages.
type IoTPage struct {
	Content          []IoTMessage `json:"content"`
	Pageable         IoTPageable  `json:"pageable"`
	TotalPages       int          `json:"totalPages"`
	TotalElements    int          `json:"totalElements"`
	Last             bool         `json:"last"`
	Size             int          `json:"size"`
	Number           int          `json:"number"`
	Sort             IoTSort      `json:"sort"`
	NumberOfElements int          `json:"numberOfElements"`
	First            bool         `json:"first"`
	Empty            bool         `json:"empty"`
}

// IoTPageable says which page it is, from 0.
type IoTPageable struct {
	PageNumber int     `json:"pageNumber"`
	PageSize   int     `json:"pageSize"`
	Sort       IoTSort `json:"sort"`
	Offset     int     `json:"offset"`
	Paged      bool    `json:"paged"`
	Unpaged    bool    `json:"unpaged"`
}

// IoTSort says that a page is sorted.
type IoTSort struct {
	Sorted   bool `json:"sorted"`
	Unsorted bool `json:"unsorted"`
	Empty    bool `json:"empty"`
}

// IoTFoundPage is a page of what a search found; its keys are in another order than those of
// other pages.
type IoTFoundPage struct {
	Content          []IoTFound       `json:"content"`
	Pageable         IoTFoundPageable `json:"pageable"`
	TotalPages       int              `json:"totalPages"`
	TotalElements    int              `json:"totalElements"`
	Last             bool             `json:"last"`
	NumberOfElements int              `json:"numberOfElements"`
	Size             int              `json:"size"`
	Number           int              `json:"number"`
	Sort             IoTSort          `json:"sort"`
	First            bool             `json:"first"`
	Empty            bool             `json:"empty"`
}

// IoTFoundPageable is the IoTPageable of a search.
type IoTFoundPageable struct {
	PageNumber int     `json:"pageNumber"`
	PageSize   int     `json:"pageSize"`
	Sort       IoTSort `json:"sort"`
	Offset     int     `json:"offset"`
	Unpaged    bool    `json:"unpaged"`
	Paged      bool    `json:"paged"`
}

// ErrIoTToken: a call of IoT SIM Management whose access token is missing, expired or of an
// app without the product.
func ErrIoTToken() Error {
	return Error{Status: 401, Code: "401", Message: "Unauthorized - Invalid Access Token"}
}

// ErrIoTPayload: a field is missing or malformed, whichever it is.
func ErrIoTPayload() Error {
	return Error{Status: 500, Code: "500", Message: "Failed to execute the ExtractVariables: EV-FilterMessages"}
}

// ErrIoTGroup: an account that is not the app's.
func ErrIoTGroup() Error {
	return Error{Status: 400, Code: "400", Message: "Bad Request – Kindly use your own vpnGroup"}
}

// ErrIoTNoRecords: an account that does not exist.
func ErrIoTNoRecords() Error {
	return Error{Status: 404, Code: "404", Message: "No records were found"}
}

// ErrIoTUser: a user without permission.
func ErrIoTUser() Error {
	return Error{Status: 401, Code: "401", Message: "User not permitted to carry out operation"}
}
