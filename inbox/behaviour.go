package inbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// behaviour is how the next posts to a path are answered.
type behaviour struct {
	status int // HTTP status
	times  int // posts left; 0 is without end
	delay  time.Duration
	drop   bool // close the connection instead of answering
}

// parseBehaviour reads the body of PUT /behaviour; its errors are for the caller.
func parseBehaviour(body []byte) (path string, b behaviour, err error) {
	var in struct {
		Status int    `json:"status"`
		Times  int    `json:"times"`
		Delay  string `json:"delay"`
		Drop   bool   `json:"drop"`
		Path   string `json:"path"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return "", b, fmt.Errorf("the behaviour is not understood: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return "", b, fmt.Errorf("the behaviour is followed by something else")
	}
	b = behaviour{status: in.Status, times: in.Times, drop: in.Drop}
	if b.status == 0 {
		b.status = http.StatusOK
	}
	if in.Delay != "" {
		if b.delay, err = time.ParseDuration(in.Delay); err != nil {
			return "", b, fmt.Errorf("delay must be a duration such as 1.5s: %w", err)
		}
	}
	switch {
	case b.status < 200 || b.status > 599:
		return "", b, fmt.Errorf("status must be 200 to 599, not %d", b.status)
	case b.times < 0:
		return "", b, fmt.Errorf("times must be 0 (until changed) or more, not %d", b.times)
	case b.delay < 0 || b.delay > MaxDelay:
		return "", b, fmt.Errorf("delay must be 0s to %v, not %v", MaxDelay, b.delay)
	case in.Path != "" && in.Path != "/webhook" && !strings.HasPrefix(in.Path, "/webhook/"):
		return "", b, fmt.Errorf("path must be /webhook or begin with /webhook/, not %q", in.Path)
	}
	return in.Path, b, nil
}

// behaviours holds one behaviour a path; the one under "" is for every path that
// has none of its own.
type behaviours struct {
	mu     sync.Mutex
	byPath map[string]behaviour
}

func (bs *behaviours) set(path string, b behaviour) error {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if _, known := bs.byPath[path]; !known && len(bs.byPath) >= maxBehaviours {
		return fmt.Errorf("more than %d paths with a behaviour; DELETE /behaviour forgets them", maxBehaviours)
	}
	bs.byPath[path] = b
	return nil
}

// take returns the behaviour for one post and counts it as used.
func (bs *behaviours) take(path string) behaviour {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	b, ok := bs.byPath[path]
	if !ok {
		path = ""
		if b, ok = bs.byPath[path]; !ok {
			return behaviour{status: http.StatusOK}
		}
	}
	switch b.times {
	case 0:
	case 1:
		delete(bs.byPath, path)
	default:
		left := b
		left.times--
		bs.byPath[path] = left
	}
	return b
}

// clear forgets the behaviour of one path, or of all when path is empty.
func (bs *behaviours) clear(path string) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if path == "" {
		clear(bs.byPath)
		return
	}
	delete(bs.byPath, path)
}
