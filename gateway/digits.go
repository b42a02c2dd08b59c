package gateway

import "strings"

// DigitsPattern is a pattern of SQL's LIKE for texts that have digits in this order,
// whatever is between them.
func DigitsPattern(digits string) string {
	return "%" + strings.Join(strings.Split(digits, ""), "%") + "%"
}

// Looked says of a payment whether one of its texts has the digits that were looked for.
type Looked struct {
	ID  int64
	Has bool
}

// FoundIn returns what Tx.PaymentsWith makes of a page: the payments that have the digits,
// and the last of all, 0 for an empty page.
func FoundIn(page []Looked) (found []int64, last int64) {
	for _, p := range page {
		last = p.ID
		if p.Has {
			found = append(found, p.ID)
		}
	}
	return found, last
}
