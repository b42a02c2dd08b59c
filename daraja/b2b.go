package daraja

import "strconv"

// Paths of payments between organisations, and of tax; POST. One of Safaricom's libraries
// posts to B2BJavaPath.
const (
	B2BPath      = "/mpesa/b2b/v1/paymentrequest"
	B2BJavaPath  = "/safaricom/b2b/v1/paymentrequest"
	RemitTaxPath = "/mpesa/b2b/v1/remittax"
)

// CommandIDs of payments between organisations. What follows the first three is of an older
// documentation.
const (
	CommandBusinessPayBill    = "BusinessPayBill"
	CommandBusinessBuyGoods   = "BusinessBuyGoods"
	CommandBusinessPayToBulk  = "BusinessPayToBulk" // the top-up of an account that pays customers
	CommandDisburseFunds      = "DisburseFundsToBusiness"
	CommandBusinessToBusiness = "BusinessToBusinessTransfer"
	CommandMerchantToMerchant = "MerchantToMerchantTransfer"
	CommandMerchantToWorking  = "MerchantTransferFromMerchantToWorking"
	CommandMerchantToMMF      = "MerchantServicesMMFAccountTransfer"
	CommandAgencyFloat        = "AgencyFloatAdvance"
	CommandMMFToUtility       = "BusinessTransferFromMMFToUtility"
	CommandUtilityToMMF       = "BusinessTransferFromUtilityToMMF"
)

// CommandPayTax is the only CommandID of a tax remittance, TaxCollector the only receiver.
const (
	CommandPayTax = "PayTaxToKRA"
	TaxCollector  = "572572"
)

// KeyOccassion is the name of a comment in requests and in their results, as M-PESA spells it.
const KeyOccassion = "Occassion" //nolint:misspell // M-PESA's spelling

// B2BResultsURL is M-PESA's own address in the results of payments between organisations.
const B2BResultsURL = "https://internalsandbox.safaricom.co.ke/mpesa/b2bresults/v1/submit"

// B2BBalance is a balance as these results have it, such as
// {Amount={CurrencyCode=KES, MinimumAmount=618683, BasicAmount=6186.83}}: in cents, and in
// shillings.
func B2BBalance(m Money) string {
	return "{Amount={CurrencyCode=KES, MinimumAmount=" + strconv.FormatInt(int64(m), 10) + ", BasicAmount=" + m.String() + "}}"
}

// ErrB2BToken: a payment between organisations whose access token is missing, expired or of
// an app without the product, as the documentation has it.
func ErrB2BToken() Error { return refusal("400.003.01", "Invalid Access Token") }

// ErrRemitTaxToken: a tax remittance whose access token is missing, expired or of an app
// without the product, as the documentation has it.
func ErrRemitTaxToken() Error { return refusal("404.001.04", "Invalid Access Token") }
