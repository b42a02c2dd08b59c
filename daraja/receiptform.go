package daraja

import "strings"

// Lengths of an M-PESA receipt. All that were seen have ten characters.
const (
	minReceipt = 8
	maxReceipt = 16
)

// NormaliseReceipt returns a receipt as M-PESA prints it, in upper case without blanks
// around it. It returns false for what has not the form of a receipt: 8 to 16 letters
// and digits that begin with a letter. M-PESA's placeholder for "no transaction", such as
// UGC0000000, is no receipt either.
func NormaliseReceipt(s string) (receipt string, ok bool) {
	s = strings.Trim(s, " ")
	if len(s) < minReceipt || len(s) > maxReceipt {
		return "", false
	}
	for i := range len(s) {
		if !isLetter(s[i]) && (i == 0 || s[i] < '0' || s[i] > '9') {
			return "", false
		}
	}
	if strings.HasSuffix(s, "0000000") {
		return "", false
	}
	return strings.ToUpper(s), true
}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }
