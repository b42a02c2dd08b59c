package callback

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/simulator"
)

const maxAnswer = 64 << 10 // bytes read of an answer's header, and of its body

// header is that of c. Daraja sends these lines, spelt so, and no others, and no
// credentials, unless the callback or its plan has some.
func header(c simulator.Callback) http.Header {
	h := http.Header{"BusinessShortCode": {c.Shortcode}, "Content-Type": {"application/json;charset=UTF-8"}}
	lines := c.Header
	if c.Plan.Raw != nil {
		lines = slices.Concat(lines, c.Plan.Raw.Header)
	}
	for _, line := range lines {
		maps.DeleteFunc(h, func(name string, _ []string) bool { return strings.EqualFold(name, line.Name) })
		if line.Value != "" {
			h[line.Name] = []string{line.Value}
		}
	}
	return h
}

// newRequest is the request of c. It has no GetBody and no idempotency key, so net/http
// never sends it a second time.
func (s *Sender) newRequest(ctx context.Context, c simulator.Callback) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, http.NoBody)
	if err != nil {
		return nil, err
	}
	r.GetBody = nil
	r.Host = r.URL.Host
	r.URL, _ = s.routed(r.URL)
	if len(c.Body) > 0 {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(c.Body)), int64(len(c.Body))
	}
	r.Header = header(c)
	if r.Header["User-Agent"] == nil {
		r.Header["User-Agent"] = nil // keeps net/http from naming itself
	}
	return r, nil
}

// received is what the receiver answered.
type received struct {
	status int    // HTTP; 0 without an answer
	body   []byte // at most maxAnswer
	err    error  // why there is no answer, or not all of it
}

// read reads the rest of an answer.
func read(ctx context.Context, res *http.Response, err error) received {
	if err != nil {
		return received{err: reason(ctx, 0, err)}
	}
	defer func() { _ = res.Body.Close() }() // the answer has been read or will not come
	a := received{status: res.StatusCode}
	if res.StatusCode == http.StatusSwitchingProtocols {
		return a // what follows is another protocol
	}
	a.body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	a.err = reason(ctx, res.StatusCode, err)
	return a
}

// reason leaves out of an error what differs from run to run, or stands beside it in
// the journal: addresses, ports, method and URL, and net/http's words for which way it
// was sent. status is of the answer, if it began.
func reason(ctx context.Context, status int, err error) error {
	if err == nil {
		return nil
	}
	op, wrapped := (*net.OpError)(nil), (*url.Error)(nil)
	switch {
	case errors.Is(context.Cause(ctx), context.Canceled):
		return errCutOff()
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case errors.As(err, &op):
		err = fmt.Errorf("%s: %w", op.Op, op.Err)
	case errors.As(err, &wrapped):
		err = wrapped.Err
	case status == 0 && errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("hung up in the middle of the answer's header")
	case status == 0 && errors.Is(err, io.EOF):
		return errors.New("hung up without an answer")
	case strings.HasPrefix(err.Error(), "net/http: HTTP/1.x transport connection broken"):
		err = errors.Unwrap(err)
	}
	if status != 0 {
		return fmt.Errorf("reading the answer: %w", err)
	}
	return err
}

func errCutOff() error { return errors.New("cut off, the simulator stops") }
