package postgres

import (
	"slices"

	"github.com/darajabox/darajabox/gateway"
)

// insertNew runs an INSERT whose last value is the row's id, with ids until one is
// free. The statement does nothing on a conflict, and returns the id when there was
// none. conflict is asked why there was one; nil means that the id was not free.
func (t *tx) insertNew(what string, ids gateway.IDSource, sql string, values []any, conflict func() error) (int64, error) {
	return gateway.InsertNew(ids, func(id int64) (free bool, err error) {
		_, free, err = write(t, what, scanID, sql, append(slices.Clip(values), id)...)
		if err != nil || free || conflict == nil {
			return free, err
		}
		return false, conflict()
	})
}
