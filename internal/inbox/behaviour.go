package inbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Behaviour is how the next webhooks to a path are answered, as PUT /behaviour sets it.
type Behaviour struct {
	Path   string `json:"path"`   // "" is every path that has none of its own
	Status int    `json:"status"` // HTTP status; 0 is 200
	Times  int    `json:"times"`  // webhooks left; 0 is without end
	Delay  string `json:"delay"`
	Drop   bool   `json:"drop"` // close the connection instead of answering

	delay time.Duration // Delay, parsed
}

// parseBehaviour reads the body of PUT /behaviour; its errors are for the caller.
func parseBehaviour(body []byte) (b Behaviour, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		return b, fmt.Errorf("the behaviour is not understood: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return b, fmt.Errorf("the behaviour is followed by something else")
	}
	if b.Status == 0 {
		b.Status = http.StatusOK
	}
	if b.Delay != "" {
		if b.delay, err = time.ParseDuration(b.Delay); err != nil {
			return b, fmt.Errorf("delay must be a duration such as 1.5s: %w", err)
		}
	}
	switch {
	case b.Status < 200 || b.Status > 599:
		return b, fmt.Errorf("status must be 200 to 599, not %d", b.Status)
	case b.Times < 0:
		return b, fmt.Errorf("times must be 0 (until changed) or more, not %d", b.Times)
	case b.delay < 0 || b.delay > MaxDelay:
		return b, fmt.Errorf("delay must be 0s to %v, not %v", MaxDelay, b.delay)
	case b.Path != "" && b.Path != "/webhook" && !strings.HasPrefix(b.Path, "/webhook/"):
		return b, fmt.Errorf("path must be /webhook or begin with /webhook/, not %q", b.Path)
	}
	return b, nil
}

// behaviours holds one behaviour a path.
type behaviours struct {
	mu     sync.Mutex
	byPath map[string]Behaviour
}

func (bs *behaviours) set(b Behaviour) error {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if _, known := bs.byPath[b.Path]; !known && len(bs.byPath) >= maxBehaviours {
		return fmt.Errorf("more than %d paths with a behaviour; DELETE /behaviour forgets them", maxBehaviours)
	}
	bs.byPath[b.Path] = b
	return nil
}

// next returns the behaviour for one webhook and counts it as used.
func (bs *behaviours) next(path string) Behaviour {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	b, ok := bs.byPath[path]
	if !ok {
		b, ok = bs.byPath[""]
	}
	if !ok {
		return Behaviour{Status: http.StatusOK}
	}
	if b.Times == 1 {
		delete(bs.byPath, b.Path)
	} else if b.Times > 1 {
		rest := b
		rest.Times--
		bs.byPath[b.Path] = rest
	}
	return b
}

// clear removes the behaviour of one path, or of all when path is empty.
func (bs *behaviours) clear(path string) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	maps.DeleteFunc(bs.byPath, func(of string, _ Behaviour) bool { return path == "" || of == path })
}
