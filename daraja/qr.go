package daraja

// QRPath is the path of Dynamic QR; POST.
const QRPath = "/mpesa/qrcode/v1/generate"

// What a dynamic QR code is for: a till, an agent's till, a paybill, a phone, or a business's
// phone.
const (
	QRBuyGoods       = "BG"
	QRWithdrawCash   = "WA"
	QRPaybill        = "PB"
	QRSendMoney      = "SM"
	QRSendToBusiness = "SB"
)

// QRAnswer is the answer to a request for a dynamic QR code.
type QRAnswer struct {
	ResponseCode        string
	RequestID           string `json:",omitempty"` // in the documentation only
	ResponseDescription string
	QRCode              string // base64 of a PNG
}

// ErrQRToken: a request for a QR code whose access token is missing, expired or of an app
// without the product. Which error the real API has is not known.
func ErrQRToken() Error { return refusal("400.003.01", "Invalid Access Token") }
