package simulator

import (
	"crypto/sha256"
	"fmt"
)

// UUIDOf makes a UUID of another id, for products that name a call by one.
func UUIDOf(id string) string {
	b := sha256.Sum256([]byte(id))
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
