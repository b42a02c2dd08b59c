package app

import (
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/journal"
)

// disk keeps one world's journal in a file: a line of JSON for each record, added at
// the end, also to what an earlier run left there. It has phone numbers in it, so only
// its owner may read it.
type disk struct {
	path    string
	trouble *trouble

	mu     sync.Mutex
	file   *os.File // opened by the first record
	torn   bool     // the last line was not written whole
	closed bool
}

func newDisk(dir, world string, t *trouble) *disk {
	return &disk{path: filepath.Join(dir, world+".jsonl"), trouble: t}
}

// tee is what a journal calls with every record; nil for a nil disk.
func (d *disk) tee() func(journal.Record) {
	if d == nil {
		return nil
	}
	return d.add
}

// add writes r. What goes wrong is told by trouble, once for each world; the next
// record tries again.
func (d *disk) add(r journal.Record) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	if err := d.write(r); err != nil {
		d.trouble.tell(d.path, err)
	}
}

func (d *disk) write(r journal.Record) error {
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
func (d *disk) close() error {
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

// trouble is what goes wrong in the background, for the log and for /health.
type trouble struct {
	log *slog.Logger

	mu  sync.Mutex
	all map[string]error // by file
}

// maxTrouble bounds what is remembered.
const maxTrouble = 100

// tell logs the first error about a file and remembers it.
func (t *trouble) tell(file string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all[file] != nil || len(t.all) >= maxTrouble {
		return
	}
	if t.all == nil {
		t.all = make(map[string]error)
	}
	t.all[file] = err
	t.log.Error("the journal is not kept on disk", "file", file, "error", err)
}

// list tells what went wrong, by file.
func (t *trouble) list() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for _, file := range slices.Sorted(maps.Keys(t.all)) {
		out = append(out, t.all[file].Error())
	}
	return out
}
