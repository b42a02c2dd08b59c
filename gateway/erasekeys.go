package gateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
)

// An idempotency key that contains a customer's number is replaced by a digest of it when
// the customer's data are erased. An order that repeats the key still finds its payment,
// so it gets the same answer and no second prompt.

// digested begins the digest of an idempotency key. A key has no blank, so no partner can
// send one that is taken for a digest.
const digested = "digest "

// digestKey is the digest of a partner's idempotency key. It is an HMAC under the master
// key, since a number is soon guessed from a plain hash. After a change of the master key
// it is not found any more.
func (v *Vault) digestKey(partner, key string) string {
	mac := hmac.New(sha256.New, v.idempotency)
	mac.Write([]byte(strconv.Itoa(len(partner)) + ":" + partner + key))
	return digested + hex.EncodeToString(mac.Sum(nil))
}

// eraseKey replaces the idempotency key of p by its digest when it contains a number.
// Without a vault it stays.
func (g *Gateway) eraseKey(p *Payment, n number) {
	if g.Vault != nil && n.in(p.IdempotencyKey) {
		p.IdempotencyKey = g.Vault.digestKey(p.Partner, p.IdempotencyKey)
	}
}

// paymentByKey finds the payment of an idempotency key, or of its digest. The key is
// looked for first: an erasure that is committed between the two look-ups is then seen by
// the second.
func (g *Gateway) paymentByKey(tx Tx, partner, key string) (*Payment, error) {
	p, err := tx.PaymentByKey(partner, key)
	if g.Vault == nil || !errors.Is(err, ErrNotFound) || !mayHaveNumber(key) {
		return p, err
	}
	return tx.PaymentByKey(partner, g.Vault.digestKey(partner, key))
}

// mayHaveNumber reports whether a text has the number of some customer, as number.in finds
// it: nine digits, the first of them 7 or 1.
func mayHaveNumber(s string) bool {
	for i := range len(s) {
		end := matchAt(s, i, len(hidden), func(j int, c rune) bool {
			return isDigit(c) && (j > 0 || c == '7' || c == '1')
		})
		if end > 0 {
			return true
		}
	}
	return false
}
