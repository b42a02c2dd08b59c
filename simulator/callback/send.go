package callback

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/journal"
)

const maxAnswer = 64 << 10 // bytes read of an answer

// newClient makes a client that sends a request once. Connections are not used
// twice: on one that the receiver is just closing, a callback would be lost, or
// sent again by net/http, without anybody having planned it.
func newClient() *http.Client {
	http1 := new(http.Protocols)
	http1.SetHTTP1(true) // HTTP/2 would send header names in lower case
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  nil, // the environment's is for other traffic
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			DisableKeepAlives:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: maxAnswer,
			Protocols:              http1,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send makes an attempt and records it.
func (s *Sender) send(a attempt) {
	status, err := s.post(a)
	text := ""
	if err != nil {
		text = err.Error()
	}
	kept := journal.Callback{Status: status, Error: text, Body: journal.Body(a.Body)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(a, kept)
}

// post sends a once and returns the HTTP status of the answer.
func (s *Sender) post(a attempt) (int, error) {
	ctx, cancel := context.WithTimeout(a.era.ctx, s.wait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.URL, bytes.NewReader(a.Body))
	if err != nil {
		return 0, s.reason(err)
	}
	req.URL.User = nil // Daraja sends no credentials
	req.GetBody = nil  // without which nothing can send the body again
	req.Header = http.Header{
		"Content-Type":      {"application/json;charset=UTF-8"},
		"BusinessShortCode": {a.Shortcode}, // not Set, which would spell it Businessshortcode
		"User-Agent":        nil,           // keeps net/http from adding its own
	}
	res, err := s.client.Do(req)
	if err != nil {
		return 0, s.reason(err)
	}
	defer res.Body.Close()
	if _, err := io.CopyN(io.Discard, res.Body, maxAnswer); err != nil && !errors.Is(err, io.EOF) {
		return res.StatusCode, fmt.Errorf("reading the answer: %w", s.reason(err))
	}
	return res.StatusCode, nil
}

// reason leaves out method and URL, which the journal has beside it.
func (s *Sender) reason(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %s", s.wait)
	}
	if errors.Is(err, context.Canceled) {
		return errors.New("cut off, the simulator stops")
	}
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// note records c, which is what became of a, unless its era is over. The caller
// holds mu. The log names it by its number only: ids and URLs have phone numbers
// and secrets in them.
func (s *Sender) note(a attempt, c journal.Callback) {
	if a.era != s.era {
		return
	}
	c.At, c.CheckoutRequestID, c.URL, c.Copy = a.at.In(daraja.EAT()), a.CheckoutRequestID, a.URL, a.copy
	seq := s.record.AddCallback(c)
	s.log.Debug("callback", "seq", seq, "copy", c.Copy, "status", c.Status, "dropped", c.Dropped, "error", c.Error)
}
