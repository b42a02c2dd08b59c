// Package tracing follows payments over all that they pass through, as
// OpenTelemetry traces: the partner's order, the pushes and queries that go to
// Daraja, the callback that comes back, and the webhooks. They are one trace, in
// the partner's own where its request names one.
//
// What joins them is a W3C traceparent. It is kept with the payment, so a trace
// survives a restart, and goes along in the context's gateway.Trail.
package tracing

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// Config is what a Tracing is made of.
type Config struct {
	Endpoint  string  // base URL of an OTLP collector, such as http://127.0.0.1:4318; "" sends nothing
	Ratio     float64 // how many of the traces that begin here are sent; 0 is all of them
	Version   string
	Clock     gateway.Clock
	Random    io.Reader // for the ids of traces and spans
	Log       gateway.Logger
	Transport http.RoundTripper // to the collector; nil is one that asks no proxy of the environment
}

// Tracing makes spans. Without an endpoint there are ids all the same, for logs
// and for partners, and nothing is kept.
type Tracing struct {
	clock    gateway.Clock
	provider *sdk.TracerProvider
	tracer   trace.Tracer
	exporter *exporter // nil without an endpoint
}

// New returns a Tracing that has to be stopped.
func New(cfg Config) (*Tracing, error) {
	t := &Tracing{clock: cfg.Clock}
	options := []sdk.TracerProviderOption{
		sdk.WithIDGenerator(&ids{cfg.Random}),
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "darajabox-gateway"), attribute.String("service.version", cfg.Version))),
		sdk.WithSampler(sdk.ParentBased(sdk.NeverSample())),
	}
	if cfg.Endpoint != "" {
		if err := CheckEndpoint(cfg.Endpoint); err != nil {
			return nil, err
		}
		ratio := cfg.Ratio
		if ratio == 0 {
			ratio = 1
		}
		t.exporter = newExporter(cfg)
		options = append(options, sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(ratio))), sdk.WithSpanProcessor(t.exporter.queue))
	}
	t.provider = sdk.NewTracerProvider(options...)
	t.tracer = t.provider.Tracer("darajabox/gateway")
	return t, nil
}

// CheckEndpoint says what is wrong with the base URL of a collector.
func CheckEndpoint(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || u.RawQuery != "" {
		return errors.New("the OTLP endpoint must be an absolute http or https URL, without user and query")
	}
	return nil
}

// Dropped returns how many spans were not sent: they were too many, or the collector
// did not take them.
func (t *Tracing) Dropped() int64 {
	if t.exporter == nil {
		return 0
	}
	return t.exporter.queue.dropped.Load()
}

// Stop sends what was not sent yet, until ctx ends, and ends the sending.
func (t *Tracing) Stop(ctx context.Context) error {
	if t.exporter == nil {
		return nil
	}
	if err := t.exporter.stop(ctx); err != nil {
		return fmt.Errorf("sending the last spans: %w", err)
	}
	return nil
}

// start begins a span under a traceparent, or a new trace when it is "".
func (t *Tracing) start(traceparent, name string, kind trace.SpanKind, attrs ...attribute.KeyValue) trace.Span {
	_, span := t.tracer.Start(parse(traceparent), name,
		trace.WithSpanKind(kind), trace.WithTimestamp(t.clock.Now()), trace.WithAttributes(attrs...))
	return span
}

// end ends a span, as failed when failure is not "".
func (t *Tracing) end(span trace.Span, failure string) {
	if failure != "" {
		span.SetStatus(codes.Error, said(failure))
	}
	span.End(trace.WithTimestamp(t.clock.Now()))
}

const header = "traceparent"

// parse puts the span that a traceparent names into a context. One that cannot be
// read names none.
func parse(traceparent string) context.Context {
	carrier := propagation.MapCarrier{header: traceparent}
	return propagation.TraceContext{}.Extract(context.Background(), carrier)
}

// traceparent names a span for others.
func traceparent(span trace.Span) string {
	of := span.SpanContext()
	return "00-" + of.TraceID().String() + "-" + of.SpanID().String() + "-" + of.TraceFlags().String()
}

// ids draws ids from a source that is a field.
type ids struct{ random io.Reader }

// NewIDs implements sdk.IDGenerator.
func (g *ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	var id trace.TraceID
	g.fill(id[:])
	return id, g.NewSpanID(ctx, id)
}

// NewSpanID implements sdk.IDGenerator.
func (g *ids) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	var id trace.SpanID
	g.fill(id[:])
	return id
}

// fill reads random bytes. An id of zeros only is not valid.
func (g *ids) fill(b []byte) {
	if _, err := io.ReadFull(g.random, b); err != nil || binary.BigEndian.Uint64(b) == 0 {
		b[len(b)-1] = 1
	}
}

// said is what a span shows of somebody else's words: no phones, and not too much.
// A phone is masked before it can be cut in two, when it would not look like one.
func said(s string) string {
	const most = 200
	if s = daraja.MaskPhones(s); len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
