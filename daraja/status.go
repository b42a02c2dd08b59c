package daraja

// StatusPath is the path of a transaction status query; POST.
const StatusPath = "/mpesa/transactionstatus/v1/query"

// CommandTransactionStatus is the only CommandID of a transaction status query.
const CommandTransactionStatus = "TransactionStatusQuery"

// Values of TransactionStatus in the result of a transaction status query.
const (
	StatusCompleted = "Completed"
	StatusDeclined  = "Declined"
	StatusCancelled = "Cancelled"
	StatusExpired   = "Expired"
	StatusInitiated = "Initiated"
)

// ErrStatusToken: a transaction status query whose access token is missing, expired or of an
// app without the product.
func ErrStatusToken() Error { return refusal("400.003.01", "Invalid Access Token") }

// ErrStatusField: a field of a transaction status query that is missing or malformed.
func ErrStatusField(field string) Error { return ErrC2BField(field) }
