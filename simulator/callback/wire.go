package callback

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/darajabox/darajabox/simulator"
)

const maxAnswer = 64 << 10 // bytes read of an answer's header, and of its body

// message is a callback's request as it goes on the wire.
type message struct {
	*url.URL
	bytes []byte
	body  int // where in bytes the body begins
}

// Headers of a callback. Names are spelt as Daraja spells them.
const (
	contentType = "Content-Type"
	jsonType    = "application/json;charset=UTF-8"
	shortcode   = "BusinessShortCode"
)

// newMessage writes the request of c. Daraja sends these headers and no others, and no
// credentials.
func newMessage(c simulator.Callback) (message, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return message{}, err
	}
	b := make([]byte, 0, 256+len(c.URL)+len(c.Body))
	b = fmt.Appendf(b, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n%s: %s\r\n%s: %s\r\n\r\n",
		u.RequestURI(), u.Host, len(c.Body), shortcode, c.Shortcode, contentType, jsonType)
	return message{URL: u, bytes: append(b, c.Body...), body: len(b)}, nil
}

// answer is what the receiver said.
type answer struct {
	status int    // HTTP; 0 without an answer
	body   []byte // at most maxAnswer
	err    error  // why there is no answer, or not all of it
}

// exchange sends b on c and reads the answer; then c waits for another callback, or is
// closed. unsent says that c was dead and not a byte of b has gone out.
func (s *Sender) exchange(ctx context.Context, c *conn, b []byte) (a answer, unsent bool) {
	release := c.guard(ctx)
	fit := false
	n, err := c.Write(b)
	unsent = err != nil && n == 0 && ctx.Err() == nil
	if err == nil {
		a, fit = c.answer()
		err = a.err
	}
	if release() && fit {
		s.pool.put(c)
	} else {
		_ = c.Close() // whatever it says, the answer has been read or will not come
	}
	a.err = s.reason(ctx, a.status, err)
	return a, unsent
}

// guard cuts c off when ctx ends. The function that it returns ends this, and reports
// whether c was left alone.
func (c *conn) guard(ctx context.Context) (release func() bool) {
	return context.AfterFunc(ctx, func() {
		_ = c.SetDeadline(time.Unix(1, 0)) // fails only on a closed connection
	})
}

// answer reads an answer, and reports whether c can be used again after it.
func (c *conn) answer() (answer, bool) {
	res, err := c.header() //nolint:bodyclose // closing would read it to its end; the connection is closed instead
	if err != nil {
		return answer{err: err}, false
	}
	c.in.N = math.MaxInt64
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1)) // one more shows whether it ends there
	a := answer{status: res.StatusCode, body: body[:min(len(body), maxAnswer)]}
	if err != nil {
		a.err = err
		return a, false
	}
	whole := len(body) <= maxAnswer && c.buffered.Buffered() == 0
	return a, whole && !res.Close && res.StatusCode != http.StatusSwitchingProtocols
}

// header reads the header of the answer, and passes over interim ones (1xx). The body
// is not to be closed, which would read it to its end.
func (c *conn) header() (*http.Response, error) {
	for range 5 {
		c.in.N = maxAnswer
		if _, err := c.buffered.Peek(1); errors.Is(err, io.EOF) {
			return nil, errors.New("hung up without an answer")
		}
		res, err := http.ReadResponse(c.buffered, nil)
		switch {
		case err != nil && c.in.N <= 0:
			return nil, fmt.Errorf("the header of the answer is over %d bytes", maxAnswer)
		case errors.Is(err, io.ErrUnexpectedEOF):
			return nil, errors.New("hung up in the middle of the answer's header")
		case err != nil:
			return nil, err
		case res.StatusCode >= http.StatusOK || res.StatusCode == http.StatusSwitchingProtocols:
			return res, nil
		}
	}
	return nil, errors.New("too many interim answers (1xx)")
}

// reason leaves out of an error what differs from run to run, or stands beside it in
// the journal: addresses, ports, method and URL. status is of the answer, if it began.
func (s *Sender) reason(ctx context.Context, status int, err error) error {
	op, wrapped := (*net.OpError)(nil), (*url.Error)(nil)
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		return errCutOff()
	case ctx.Err() != nil:
		err = fmt.Errorf("no answer within %s", s.wait)
	case errors.As(err, &op):
		err = fmt.Errorf("%s: %w", op.Op, op.Err)
	case errors.As(err, &wrapped):
		err = wrapped.Err
	}
	if status != 0 {
		return fmt.Errorf("reading the answer: %w", err)
	}
	return err
}

func errCutOff() error { return errors.New("cut off, the simulator stops") }
