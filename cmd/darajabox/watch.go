package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"
	"time"
)

// watchEvery is the time between two checks of a scenario's file.
const watchEvery = 200 * time.Millisecond

// watcher checks a scenario's file, and those that it includes, and loads it when one has
// changed. It reads them by name, so a file that an editor has replaced is noticed. It waits
// for a check without a change, so a file that is being written is not loaded half.
type watcher struct {
	file     string
	source   []byte          // its text when it was loaded
	included func() []string // beside the file; may be nil
	every    time.Duration   // between two checks
	load     func(file string, source []byte) error
	edited   func(file string, source []byte) // before load, when source was not saved from here; may be nil
	out      io.Writer                        // for the result of each change

	mu      sync.Mutex        // held for a check, and while the file is written from here
	loaded  [sha256.Size]byte // sum of all files, when they were loaded
	seen    [sha256.Size]byte // and at the last check
	changed bool              // since they were loaded
	saved   []byte            // the latest text that was written from here

	cancel context.CancelFunc
	done   sync.WaitGroup
}

// Start begins to check.
func (w *watcher) Start(ctx context.Context) error {
	w.mu.Lock()
	w.setLoaded(w.source)
	w.mu.Unlock()
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // it lives until Stop
	w.cancel = cancel
	w.done.Go(func() {
		ticker := time.NewTicker(w.every)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				w.check()
			}
		}
	})
	return nil
}

// Stop ends the checks and waits for a load that has begun.
func (w *watcher) Stop(context.Context) error {
	if w.cancel != nil {
		w.cancel()
	}
	w.done.Wait()
	return nil
}

// setLoaded records that the files are loaded, unless the scenario's file is no longer
// source. The caller holds mu.
func (w *watcher) setLoaded(source []byte) {
	text, sum, err := w.read()
	w.seen = sum
	if w.changed = err != nil || !bytes.Equal(text, source); !w.changed {
		w.loaded = sum
	}
}

// check loads the scenario when its files have changed, but not since the last check.
func (w *watcher) check() {
	w.mu.Lock()
	defer w.mu.Unlock()
	source, sum, err := w.read()
	if sum != w.seen {
		w.seen, w.changed = sum, true
		return
	}
	if !w.changed {
		return
	}
	w.changed = false
	switch {
	case err != nil:
		fmt.Fprintf(w.out, "darajabox: scenario %s: %v; the rules stay as they were\n", w.file, err)
		return
	case sum == w.loaded:
		return
	}
	w.loaded = sum
	if w.edited != nil && !bytes.Equal(source, w.saved) {
		w.edited(w.file, source)
	}
	if err := w.load(w.file, source); err != nil {
		w.printMistakes(err, source)
		return
	}
	fmt.Fprintf(w.out, "darajabox: scenario %s is read again\n", w.file)
	printWarnings(w.out, w.file, source, loadIncluded)
}

// printMistakes prints why the scenario was not loaded: each mistake on its line.
func (w *watcher) printMistakes(err error, source []byte) {
	mistakes := language().Check(w.file, source, loadIncluded)
	for _, m := range mistakes {
		fmt.Fprintln(w.out, m)
	}
	if len(mistakes) == 0 {
		fmt.Fprintf(w.out, "darajabox: scenario not loaded: %v\n", err)
	}
	fmt.Fprintf(w.out, "darajabox: the rules of %s stay as they were\n", w.file)
}

// read returns the text of the scenario's file, and a sum over all the files. Those that
// are included and cannot be read do not count; loading reports what is wrong with them.
func (w *watcher) read() (source []byte, sum [sha256.Size]byte, err error) {
	source, err = readFile(w.file)
	if err != nil {
		return nil, sha256.Sum256([]byte(err.Error())), err
	}
	all := sha256.New()
	all.Write(source)
	if w.included != nil {
		for _, file := range w.included() {
			text, _ := readFile(file)
			fmt.Fprintf(all, "\n%s %d\n%s", file, len(text), text)
		}
	}
	all.Sum(sum[:0])
	return source, sum, nil
}
