package tracing

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/darajabox/darajabox/gateway"
)

// The way of a payment, a hop after the other.

func payment(id int64) attribute.KeyValue { return attribute.Int64("darajabox.payment", id) }

// Request begins the span of an order when it is one, under the partner's own
// where its headers name one, and puts it into the trail of the request's context.
// The caller calls done with the status. What other routes do is not traced here;
// see CallbackTaken.
func (t *Tracing) Request(r *http.Request, route string) (done func(status int)) {
	if r.Method != http.MethodPost || !strings.HasPrefix(route, "/") || strings.HasPrefix(route, gateway.CallbackPath) {
		return func(int) {}
	}
	trail := gateway.TrailOf(r.Context())
	span := t.start(r.Header.Get(header), http.MethodPost+" "+route, trace.SpanKindServer,
		attribute.String("http.request.method", r.Method), attribute.String("http.route", route))
	trail.Trace = traceparent(span)
	return func(status int) {
		span.SetAttributes(attribute.Int("http.response.status_code", status))
		if trail.Payment != 0 {
			span.SetAttributes(payment(trail.Payment))
		}
		failure := ""
		if status >= http.StatusInternalServerError {
			failure = strconv.Itoa(status)
		}
		t.end(span, failure)
	}
}

// Daraja returns next with its calls traced. Nothing is added to what is sent.
func (t *Tracing) Daraja(next gateway.Daraja) gateway.Daraja { return tracedDaraja{next, t} }

type tracedDaraja struct {
	gateway.Daraja
	t *Tracing
}

// Push implements gateway.Daraja.
func (d tracedDaraja) Push(ctx context.Context, o gateway.PushOrder) (gateway.PushAck, error) {
	span := d.t.call(ctx, "daraja push")
	ack, err := d.Daraja.Push(ctx, o)
	var refusal *gateway.PushError
	if errors.As(err, &refusal) {
		span.SetAttributes(attribute.Bool("darajabox.ambiguous", refusal.Ambiguous))
	}
	d.t.end(span, text(err))
	return ack, err
}

// Query implements gateway.Daraja.
func (d tracedDaraja) Query(ctx context.Context, partner, checkoutRequestID string) (gateway.QueryAnswer, error) {
	span := d.t.call(ctx, "daraja query")
	answer, err := d.Daraja.Query(ctx, partner, checkoutRequestID)
	span.SetAttributes(attribute.Bool("darajabox.pending", answer.Pending), result(string(answer.ResultCode)))
	d.t.end(span, text(err))
	return answer, err
}

func result(code string) attribute.KeyValue {
	return attribute.String("darajabox.result_code", said(code))
}

// call begins the span of a call that is about the payment of ctx.
func (t *Tracing) call(ctx context.Context, name string) trace.Span {
	trail := gateway.TrailOf(ctx)
	return t.start(trail.Trace, name, trace.SpanKindClient, payment(trail.Payment))
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// CallbackTaken implements gateway.Observer. Whose callback it is, and hence its
// trace, is known only when it has been taken, so its span is made in hindsight.
func (t *Tracing) CallbackTaken(c gateway.Callback, p *gateway.Payment, took time.Duration) {
	if p == nil {
		return
	}
	_, span := t.tracer.Start(parse(p.Trace), "daraja callback", trace.WithSpanKind(trace.SpanKindServer),
		trace.WithTimestamp(c.ReceivedAt), trace.WithAttributes(
			payment(p.ID), attribute.String("darajabox.verdict", gateway.VerdictKind(c.Verdict)),
			attribute.String("darajabox.state", string(p.State)), result(string(p.ResultCode))))
	span.End(trace.WithTimestamp(c.ReceivedAt.Add(took)))
}

// Changed implements gateway.Observer.
func (*Tracing) Changed(gateway.Change) {}

// Attempted implements gateway.Observer.
func (*Tracing) Attempted(gateway.Delivery, gateway.Attempt, time.Time) {}

// Updated implements gateway.Observer.
func (*Tracing) Updated(time.Duration, error) {}

var _ gateway.Observer = (*Tracing)(nil)

// Webhooks returns a transport whose requests are traced and tell the partner
// their traceparent.
func (t *Tracing) Webhooks(next http.RoundTripper) http.RoundTripper { return tracedTransport{next, t} }

type tracedTransport struct {
	next http.RoundTripper
	t    *Tracing
}

// RoundTrip implements http.RoundTripper.
func (tt tracedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	span := tt.t.call(r.Context(), "webhook")
	span.SetAttributes(attribute.String("server.address", said(r.URL.Hostname())))
	r = r.WithContext(r.Context()) // a copy: a transport may not change what it is given
	r.Header = r.Header.Clone()
	r.Header.Set(header, traceparent(span))
	resp, err := tt.next.RoundTrip(r)
	if err != nil {
		tt.t.end(span, text(err))
		return nil, err
	}
	span.SetAttributes(attribute.Int("http.response.status_code", resp.StatusCode))
	failure := ""
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		failure = "answered " + strconv.Itoa(resp.StatusCode)
	}
	tt.t.end(span, failure)
	return resp, nil
}

// CloseIdleConnections is for http.Client and for senders that are closed.
func (tt tracedTransport) CloseIdleConnections() {
	if c, ok := tt.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
