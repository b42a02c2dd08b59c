package sqlite

import (
	"fmt"

	"github.com/darajabox/darajabox/gateway"
)

// insertNew runs an INSERT whose first value is the row's id, with ids until one is
// free. A statement that the primary key refuses undoes itself alone.
func (t *tx) insertNew(what string, ids gateway.IDSource, query string, values []any) (int64, error) {
	if !t.writes {
		return 0, fmt.Errorf("%s: %w", what, gateway.ErrReadOnly)
	}
	return gateway.InsertNew(ids, func(id int64) (free bool, err error) {
		_, err = t.exec(what, query, append([]any{id}, values...)...)
		if isTaken(err) {
			return false, nil
		}
		return true, err
	})
}
