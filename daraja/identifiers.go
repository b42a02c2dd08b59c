package daraja

import (
	"regexp"
	"strings"
)

// receiptForm has the lengths of an M-PESA receipt, with room: all that were seen have ten
// characters.
var receiptForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{7,15}$`)

// NormaliseReceipt returns a receipt as M-PESA prints it, in upper case without blanks
// around it. It returns false for what has not the form of a receipt: 8 to 16 letters
// and digits that begin with a letter. M-PESA's placeholder for "no transaction", such as
// UGC0000000, is no receipt either.
func NormaliseReceipt(s string) (receipt string, ok bool) {
	s = strings.Trim(s, " ")
	if !receiptForm.MatchString(s) || strings.HasSuffix(s, "0000000") {
		return "", false
	}
	return strings.ToUpper(s), true
}

// ValidCheckoutRequestID reports whether s looks like a CheckoutRequestID of any
// year: ws_CO_ and digits, DMZ and underscores allowed.
func ValidCheckoutRequestID(s string) bool {
	rest, ok := strings.CutPrefix(s, "ws_CO_")
	rest = strings.ReplaceAll(strings.TrimPrefix(rest, "DMZ_"), "_", "")
	return ok && len(s) <= 64 && digits(rest)
}
