package app

import (
	"fmt"
	"log/slog"
	"os"
	"sync"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/journal"
)

// journalFile keeps one world's journal in a file: a line of JSON for each record, added at
// the end, also to what an earlier run left there. It has phone numbers in it, so only
// its owner may read it.
type journalFile struct {
	path string
	log  *slog.Logger

	mu     sync.Mutex
	file   *os.File // opened by the first record
	torn   bool     // the last line was not written whole
	failed error    // the first, for the log and for /health
	closed bool
}

// add writes r. The first error is kept and logged; the next record tries again.
func (d *journalFile) add(r journal.Record) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	if err := d.write(r); err != nil && d.failed == nil {
		d.failed = err
		d.log.Error("the journal is not kept on disk", "file", d.path, "error", err)
	}
}

// warning is the first error, nil for none.
func (d *journalFile) warning() error {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

func (d *journalFile) write(r journal.Record) error {
	if d.file == nil {
		file, err := os.OpenFile(d.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			return fmt.Errorf("opening the journal's file: %w", err)
		}
		d.file = file
	}
	line, err := daraja.Marshal(r)
	if err != nil {
		return fmt.Errorf("encoding record %d: %w", r.Seq, err)
	}
	if line = append(line, '\n'); d.torn {
		line = append([]byte{'\n'}, line...)
	}
	n, err := d.file.Write(line)
	d.torn = err != nil && (n > 0 || d.torn)
	if err != nil {
		return fmt.Errorf("writing the journal's file: %w", err)
	}
	return nil
}

// close ends the file.
func (d *journalFile) close() error {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	if d.file == nil {
		return nil
	}
	err := d.file.Close()
	d.file = nil
	if err != nil {
		return fmt.Errorf("closing the journal's file: %w", err)
	}
	return nil
}
