package daraja

// Paths of a reversal; POST. Safaricom's Java SDK uses the second.
const (
	ReversalPath    = "/mpesa/reversal/v1/request"
	ReversalPathSDK = "/safaricom/reversal/v1/request"
)

// CommandTransactionReversal is the only CommandID of a reversal.
const CommandTransactionReversal = "TransactionReversal"

// ReversalResultsURL is M-PESA's own address in the results of reversals.
const ReversalResultsURL = "https://internalsandbox.safaricom.co.ke/mpesa/reversalresults/v1/submit"
