package sqlite

import (
	"context"
	"fmt"
)

// purging is how a purge opens the file: it waits for readers only a moment at a time,
// since updates wait for it meanwhile.
const purging = "mode=rw&_pragma=busy_timeout(100)"

// purgeTries is how often a purge tries, a tenth of a second each, while readers hold
// the log.
const purgeTries = 20

// Purge implements gateway.Purger: it moves the whole log into the file and cuts the
// log to nothing. What is freed in the file is overwritten already (secure_delete).
func (s *Store) Purge(ctx context.Context) (left string, err error) {
	session := &session{name: name(s.path, purging)}
	defer session.drop()
	for range purgeTries {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		var busy bool
		err := s.files.cut(func() (err error) {
			busy, err = truncate(session)
			return err
		})
		if err != nil {
			return "", err
		}
		if !busy {
			return "", s.files.check()
		}
	}
	return "a reader holds the write-ahead log (gateway.db-wal), such as a command that verifies the log; erase again when it has ended, or restart the gateway", nil
}

// truncate tries once; busy says that readers or a writer were in the way.
func truncate(s *session) (busy bool, err error) {
	err = s.query(func(r row) error {
		var frames, moved int
		return r.Scan(&busy, &frames, &moved)
	}, "PRAGMA wal_checkpoint(TRUNCATE)")
	if err != nil {
		return false, fmt.Errorf("cutting the write-ahead log: %w", err)
	}
	return busy, nil
}
