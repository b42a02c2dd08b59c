package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/darajabox/darajabox/simulator/scenario"
)

// watchEvery is how often a scenario's file is looked at.
const watchEvery = 200 * time.Millisecond

// watcher looks at a scenario's file, and at those that it includes, and loads it
// when it has changed. It looks at names, so a file that an editor puts in the place
// of another is seen, and waits for a moment without a change, so one that is being
// written is not read half.
type watcher struct {
	file     string
	source   []byte          // what it said when it was loaded
	included func() []string // beside the file; may be nil
	every    time.Duration   // between two looks
	load     func(file string, source []byte) error
	edited   func(file string, source []byte) // before load, when source is not saved; may be nil
	say      io.Writer                        // the result of each change

	mu     sync.Mutex        // held for a look, and while the file is written from here
	loaded [sha256.Size]byte // of all files, when they were loaded
	seen   string            // how the files looked the last time
	fresh  bool              // they have changed since they were loaded
	saved  []byte            // the latest text that was written from here

	cancel context.CancelFunc
	done   sync.WaitGroup
}

// Start begins to look.
func (w *watcher) Start(ctx context.Context) error {
	w.begin()
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
				w.look()
			}
		}
	})
	return nil
}

// Stop ends the looking and waits for a load that is under way.
func (w *watcher) Stop(context.Context) error {
	if w.cancel != nil {
		w.cancel()
	}
	w.done.Wait()
	return nil
}

// begin takes what the files say now for loaded, unless the scenario has changed
// since it was loaded.
func (w *watcher) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begun(w.source)
}

// begun takes what the files say now for loaded, unless the scenario is no longer
// source. The caller holds mu.
func (w *watcher) begun(source []byte) {
	w.seen = w.appearance()
	now, sum, err := w.read()
	if w.fresh = err != nil || !bytes.Equal(now, source); !w.fresh {
		w.loaded = sum
	}
}

// look loads the scenario when its files have changed and then stayed as they were
// from one look to the next.
func (w *watcher) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.appearance()
	if now != w.seen {
		w.seen, w.fresh = now, true
		return
	}
	if !w.fresh {
		return
	}
	w.fresh = false
	source, sum, err := w.read()
	if err != nil {
		fmt.Fprintf(w.say, "darajabox: scenario %s: %v; the rules stay as they were\n", w.file, err)
		return
	}
	if sum == w.loaded {
		return
	}
	w.loaded = sum
	if w.edited != nil && !bytes.Equal(source, w.saved) {
		w.edited(w.file, source)
	}
	if err := w.load(w.file, source); err != nil {
		w.sayMistakes(err, source)
		return
	}
	fmt.Fprintf(w.say, "darajabox: scenario %s is read again\n", w.file)
	printWarnings(w.say, w.file, source, loadIncluded)
}

// sayMistakes prints why the scenario was not loaded: each mistake on its line.
func (w *watcher) sayMistakes(err error, source []byte) {
	mistakes := scenario.Check(w.file, source, loadIncluded)
	for _, m := range mistakes {
		fmt.Fprintf(w.say, "%s\n", m)
	}
	if len(mistakes) == 0 {
		fmt.Fprintf(w.say, "darajabox: scenario not loaded: %v\n", err)
	}
	fmt.Fprintf(w.say, "darajabox: the rules of %s stay as they were\n", w.file)
}

func (w *watcher) files() []string {
	files := []string{w.file}
	if w.included != nil {
		files = append(files, w.included()...)
	}
	return files
}

// appearance is what can be seen of the files without reading them.
func (w *watcher) appearance() string {
	all := ""
	for _, file := range w.files() {
		info, err := os.Stat(file)
		if err != nil {
			all += file + " cannot be seen\n"
			continue
		}
		all += fmt.Sprintf("%s %d %d\n", file, info.Size(), info.ModTime().UnixNano())
	}
	return all
}

// read returns what the file says, and a sum over all the files. Those that are
// included and cannot be read do not count; loading says what is wrong with them.
func (w *watcher) read() (source []byte, sum [sha256.Size]byte, err error) {
	h := sha256.New()
	for i, file := range w.files() {
		b, err := readFile(file)
		if i == 0 {
			if err != nil {
				return nil, sum, err
			}
			source = b
		}
		fmt.Fprintf(h, "%s %d\n", file, len(b))
		h.Write(b)
	}
	h.Sum(sum[:0])
	return source, sum, nil
}
