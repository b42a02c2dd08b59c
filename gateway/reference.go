package gateway

import (
	"strconv"
	"strings"
)

// DefaultReferenceLength is the most characters that Daraja's documentation allows in
// an AccountReference. Daraja accepts longer ones, and some of their prompts never come.
const DefaultReferenceLength = 12

// MaxReferenceLength is the most characters of a partner's reference.
const MaxReferenceLength = maxReference

// referencePrefix begins the reference of a payment that has none of its own.
const referencePrefix = "T"

// DefaultReference is the reference at M-PESA of a payment whose partner gave none: T and
// the transaction_id in base 36. It has at most DefaultReferenceLength characters for each
// id below 2^53. PaymentOfReference reads it again.
func DefaultReference(id int64) string {
	return referencePrefix + strings.ToUpper(strconv.FormatInt(id, 36))
}

// PaymentOfReference is the id in a DefaultReference, in capitals or small letters. ok is
// false for any other text.
func PaymentOfReference(s string) (id int64, ok bool) {
	digits, ok := strings.CutPrefix(strings.ToUpper(s), referencePrefix)
	if !ok {
		return 0, false
	}
	id, err := strconv.ParseInt(digits, 36, 64)
	return id, err == nil && id > 0 && DefaultReference(id) == strings.ToUpper(s)
}

// sentReference is a payment's reference as it goes to M-PESA: at most length characters,
// 0 is no limit. The end is kept, since that is where references differ. What is cut in
// the middle does not begin with a blank or a separator.
func sentReference(p *Payment, length int) string {
	sent := strings.TrimSpace(p.Reference)
	if length > 0 && len(sent) > length { // checkReference lets ASCII through only
		sent = strings.TrimLeft(sent[len(sent)-length:], separators)
	}
	if sent == "" {
		return DefaultReference(p.ID)
	}
	return sent
}

// separators are the characters of a reference that are neither letters nor digits.
const separators = " -_/.#:"
