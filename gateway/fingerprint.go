package gateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// A fingerprint tells two orders under one idempotency key apart. With a key it is
// "h1:", eight hex digits that name the key, ":" and an HMAC-SHA256 in hex. It tells
// nothing to one without the master key, so it outlives the erasure of the customer's
// data. Without one it is a SHA-256 in hex, from which a phone number is soon guessed.
const keyedPrefix = "h1:"

// fingerprint is that of an order's content, however it was written. A nil vault has no
// key.
func (v *Vault) fingerprint(p *Payment) string {
	if v == nil {
		return plainFingerprint(p)
	}
	return v.keyName + v.sumOrder(content(p))
}

// promptName stands for a CheckoutRequestID, which ends with the customer's number, where it
// must outlive an erasure.
func (v *Vault) promptName(checkoutID string) string {
	if v == nil {
		sum := sha256.Sum256([]byte(checkoutID))
		return hex.EncodeToString(sum[:])
	}
	return v.keyName + v.sumOrder("prompt "+checkoutID)
}

func (v *Vault) sumOrder(s string) string {
	mac := hmac.New(sha256.New, v.orders)
	mac.Write([]byte(s))
	return hex.EncodeToString(mac.Sum(nil))
}

func plainFingerprint(p *Payment) string {
	sum := sha256.Sum256([]byte(content(p)))
	return hex.EncodeToString(sum[:])
}

// content is what an order asks for. Each field has its length before it, so that no two
// orders have the same.
func content(p *Payment) string {
	var b strings.Builder
	for _, field := range []string{p.Phone.Digits(), p.Amount.String(), p.Reference, p.CallbackURL} {
		b.WriteString(strconv.Itoa(len(field)) + ":" + field + ",")
	}
	return b.String()
}

// differ reports whether p is known to be another order than an earlier one with its
// key. It is not known where the earlier fingerprint was erased, or made under another
// master key.
func (v *Vault) differ(p, earlier *Payment) bool {
	switch was := earlier.Fingerprint; {
	case was == "":
		return false
	case !strings.HasPrefix(was, keyedPrefix):
		return was != plainFingerprint(p)
	case v == nil || !strings.HasPrefix(was, v.keyName):
		return false
	default:
		return was != v.fingerprint(p)
	}
}

// outlivesErasure is a fingerprint as it stays when the customer's data are erased.
func outlivesErasure(fingerprint string) string {
	if strings.HasPrefix(fingerprint, keyedPrefix) {
		return fingerprint
	}
	return ""
}
