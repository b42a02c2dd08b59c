package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 16 << 20

// call is one HTTP request.
type call struct {
	method string
	url    string
	header map[string]string
	body   []byte
}

// answer is what came back.
type answer struct {
	status int
	body   []byte
	wait   time.Duration // that Retry-After asks for, 0 where it is not there
}

// client does calls. A request that fails is not repeated: to see how often
// something happened is what this package is for.
type client struct{ http *http.Client }

func newClient() *client {
	t := &http.Transport{MaxIdleConnsPerHost: 128, IdleConnTimeout: 30 * time.Second}
	return &client{http: &http.Client{Transport: t, Timeout: 90 * time.Second}}
}

func (c *client) close() { c.http.CloseIdleConnections() }

func (c *client) do(ctx context.Context, k call) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, k.method, k.url, bytes.NewReader(k.body))
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", k.method, k.url, err)
	}
	if len(k.body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range k.header {
		req.Header.Set(name, value)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: reading the answer: %w", k.method, k.url, err)
	}
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // none is 0
	return answer{status: resp.StatusCode, body: body, wait: time.Duration(seconds) * time.Second}, nil
}

// get reads JSON into v, which is an error unless the answer is 200.
func (c *client) get(ctx context.Context, url string, header map[string]string, v any) error {
	a, err := c.do(ctx, call{method: http.MethodGet, url: url, header: header})
	if err != nil {
		return err
	}
	if a.status != http.StatusOK {
		return fmt.Errorf("GET %s: %s", url, a)
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		return fmt.Errorf("GET %s: %w in %s", url, err, a)
	}
	return nil
}

// command sends a body and expects any 2xx.
func (c *client) command(ctx context.Context, method, url string, body []byte) error {
	a, err := c.do(ctx, call{method: method, url: url, body: body})
	if err != nil {
		return err
	}
	if a.status/100 != 2 {
		return fmt.Errorf("%s %s: %s", method, url, a)
	}
	return nil
}

// String shows an answer in a message.
func (a answer) String() string {
	const most = 600
	if len(a.body) > most {
		return fmt.Sprintf("%d %s…", a.status, a.body[:most])
	}
	return fmt.Sprintf("%d %s", a.status, a.body)
}
