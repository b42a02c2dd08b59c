package darajatest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// callWithin is how long a call of the control API may take. An advance over hours
// of callbacks is the longest.
const callWithin = 2 * time.Minute

// maxAnswer is more bytes than a page of the journal has.
const maxAnswer = 256 << 20

// control calls the control API of one world.
type control struct {
	root string // of the server
	base string // of the world; root until there is one
	http *http.Client
}

func newControl(root string) *control {
	root = strings.TrimRight(root, "/")
	return &control{root: root, base: root, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}}
}

func (c *control) close() { c.http.CloseIdleConnections() }

// do sends body as JSON, unless it is nil, and decodes the answer into into. The
// error of a refusal is what the simulator says.
func (c *control) do(method, path string, body, into any) error {
	status, answer, err := c.send(method, path, body)
	if err != nil {
		return err
	}
	if status/100 != 2 {
		return refusal(method, path, status, answer)
	}
	return decode(answer, into)
}

func refusal(method, path string, status int, answer []byte) error {
	var told struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(answer, &told) == nil && told.Error != "" {
		return errors.New(told.Error)
	}
	return fmt.Errorf("%s %s was answered with HTTP %d", method, path, status)
}

func decode(answer []byte, into any) error {
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("reading the simulator's answer: %w", err)
	}
	return nil
}

func (c *control) send(method, path string, body any) (status int, answer []byte, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), callWithin)
	defer cancel()
	var sent io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return 0, nil, fmt.Errorf("encoding the request: %w", err)
		}
		sent = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, sent)
	if err != nil {
		return 0, nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return resp.StatusCode, answer, err
}
