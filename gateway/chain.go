package gateway

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"
)

// The raw log is a chain: each callback's Hash covers the Hash of the row before, so
// that a row that is changed, put in or taken out breaks all that follow. The body
// takes part by its digest, so that it can be erased and the chain still holds.

// ChainStart is what the first row of the log has for Prev.
func ChainStart() []byte { return make([]byte, sha256.Size) }

// saltSize is how long a callback's salt is. With it the digest of an erased body
// tells nothing, though little in a body can't be guessed.
const saltSize = 16

// SumBody is the digest of the salt and the body.
func (c *Callback) SumBody() []byte {
	h := sha256.New()
	h.Write(c.Salt)
	h.Write(c.Body)
	return h.Sum(nil)
}

// Seal sets c's Digest, Prev and Hash. ID must be set. The hash is SHA-256 over prev,
// digest, id, payment and microseconds of ReceivedAt (8 bytes each, the highest
// first), and token, remote and verdict (4 bytes of length before each).
func (c *Callback) Seal(prev []byte) {
	c.digest()
	c.Prev = prev
	c.Hash = c.link()
}

// digest sets Digest, which an erased callback has already.
func (c *Callback) digest() {
	if c.ErasedAt.IsZero() {
		c.Digest = c.SumBody()
	}
}

// Erase empties a callback that is not on record yet. Its digest is that of the body as
// it came.
func (c *Callback) Erase(at time.Time) {
	c.Digest = c.SumBody()
	c.Body, c.Salt, c.ErasedAt = nil, nil, at
}

func (c *Callback) link() []byte {
	h := sha256.New()
	h.Write(c.Prev)
	h.Write(c.Digest)
	var received int64
	if !c.ReceivedAt.IsZero() {
		received = c.ReceivedAt.UnixMicro()
	}
	for _, n := range []int64{c.ID, c.PaymentID, received} {
		_ = binary.Write(h, binary.BigEndian, n) // a hash takes everything
	}
	for _, s := range []string{c.Token, c.Remote, c.Verdict} {
		_ = binary.Write(h, binary.BigEndian, uint32(len(s)))
		h.Write([]byte(s))
	}
	return h.Sum(nil)
}

// CheckLink says what is wrong with c as the row after one whose Hash is prev, or
// nil.
func (c *Callback) CheckLink(prev []byte) error {
	switch {
	case !bytes.Equal(c.Prev, prev):
		return fmt.Errorf("callback %d does not follow the one before it: a row was put in or taken out", c.ID)
	case c.ErasedAt.IsZero() && !bytes.Equal(c.Digest, c.SumBody()):
		return fmt.Errorf("callback %d: its body was changed", c.ID)
	case !c.ErasedAt.IsZero() && len(c.Body)+len(c.Salt) > 0:
		return fmt.Errorf("callback %d is marked as erased and has a body, or its salt", c.ID)
	case !bytes.Equal(c.Hash, c.link()):
		return fmt.Errorf("callback %d was changed", c.ID)
	}
	return nil
}
