package tracing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/darajabox/darajabox/gateway"
)

// exporter sends spans as OTLP's JSON over HTTP, which every collector takes. The
// exporter of OpenTelemetry's own speaks protobuf through gRPC's packages, which
// would add 4 MB to the binary.
type exporter struct {
	url       string
	log       gateway.Logger
	transport http.RoundTripper
	queue     *queue
	told      int64           // of the dropped spans, how many the log knows of
	cutOff    context.Context // ends when nothing is waited for any more
	cut       context.CancelFunc
	ended     chan struct{} // closed when nothing is sent any more
}

const (
	// exportTimeout bounds one batch. What a collector does not take in it is dropped:
	// payments do not wait for it.
	exportTimeout = 5 * time.Second
	// batchDelay is how long a span waits for others. Were it over when an export ends,
	// the library would send the next spans one by one, and a slow collector would get
	// slower by it.
	batchDelay = exportTimeout + time.Second
)

func newExporter(cfg Config) *exporter {
	e := &exporter{
		url: strings.TrimRight(cfg.Endpoint, "/") + "/v1/traces", log: cfg.Log, transport: cfg.Transport,
		queue: &queue{}, ended: make(chan struct{}),
	}
	e.cutOff, e.cut = context.WithCancel(context.Background())
	e.queue.SpanProcessor = sdk.NewBatchSpanProcessor(e, sdk.WithMaxQueueSize(maxWaiting), sdk.WithMaxExportBatchSize(maxBatch),
		sdk.WithBatchTimeout(batchDelay), sdk.WithExportTimeout(exportTimeout))
	if e.transport == nil {
		e.transport = &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
			TLSHandshakeTimeout: 2 * time.Second,
			IdleConnTimeout:     30 * time.Second,
		}
	}
	return e
}

// ExportSpans implements sdk.SpanExporter. It is called for one batch at a time, with
// a context that ends after exportTimeout. A failure is logged here, since the library
// would write it to standard error.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(e.cutOff, func() { cancel(errors.New("the gateway is stopping")) })() //nolint:contextcheck // it is the exporter's own, which no batch is given
	err := e.send(ctx, spans)
	e.queue.done(len(spans), err)
	if dropped := e.queue.dropped.Load(); dropped > e.told {
		if err == nil {
			err = fmt.Errorf("more than %d waited for the collector", maxWaiting)
		}
		e.log.Warn("spans were dropped", "spans", dropped-e.told, "error", err)
		e.told = dropped
	}
	return nil
}

// stop sends what waits, until ctx ends, and drops the rest.
func (e *exporter) stop(ctx context.Context) error {
	err := e.queue.Shutdown(ctx)
	e.cut()
	<-e.ended
	return err
}

// Shutdown implements sdk.SpanExporter. The library calls it after the last batch.
func (e *exporter) Shutdown(context.Context) error {
	defer close(e.ended)
	if t, ok := e.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
	return nil
}

func (e *exporter) send(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	body, err := json.Marshal(request(spans))
	if err != nil {
		return fmt.Errorf("writing spans: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("addressing the collector: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := e.transport.RoundTrip(req)
	if err != nil {
		return fmt.Errorf("reaching the collector: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusSwitchingProtocols { // after it the body is the bare connection, which no deadline ends
		_, _ = io.CopyN(io.Discard, resp.Body, 16<<10) // so that the connection can be used again
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("the collector answered %d", resp.StatusCode)
	}
	return nil
}

// The messages of opentelemetry-proto's trace service, in their JSON form: ids in
// hex, 64-bit numbers as strings.
type (
	exportRequest struct {
		ResourceSpans []resourceSpans `json:"resourceSpans"`
	}
	resourceSpans struct {
		Resource   attributed   `json:"resource"`
		ScopeSpans []scopeSpans `json:"scopeSpans"`
	}
	attributed struct {
		Attributes []keyValue `json:"attributes"`
	}
	scopeSpans struct {
		Scope scope      `json:"scope"`
		Spans []spanJSON `json:"spans"`
	}
	scope struct {
		Name string `json:"name"`
	}
	spanJSON struct {
		TraceID      string     `json:"traceId"`
		SpanID       string     `json:"spanId"`
		ParentSpanID string     `json:"parentSpanId,omitempty"`
		Flags        int        `json:"flags"`
		Name         string     `json:"name"`
		Kind         int        `json:"kind"`
		Start        string     `json:"startTimeUnixNano"`
		End          string     `json:"endTimeUnixNano"`
		Attributes   []keyValue `json:"attributes"`
		Status       statusJSON `json:"status"`
	}
	statusJSON struct {
		Message string `json:"message,omitempty"`
		Code    int    `json:"code,omitempty"`
	}
	keyValue struct {
		Key   string         `json:"key"`
		Value map[string]any `json:"value"`
	}
)

// request puts spans of one provider, so of one resource, into one message.
func request(spans []sdk.ReadOnlySpan) exportRequest {
	if len(spans) == 0 {
		return exportRequest{}
	}
	out := scopeSpans{Scope: scope{spans[0].InstrumentationScope().Name}}
	for _, s := range spans {
		out.Spans = append(out.Spans, toJSON(s))
	}
	of := attributed{attributes(spans[0].Resource().Attributes())}
	return exportRequest{[]resourceSpans{{Resource: of, ScopeSpans: []scopeSpans{out}}}}
}

func toJSON(s sdk.ReadOnlySpan) spanJSON {
	const statusError = 2
	j := spanJSON{
		TraceID: s.SpanContext().TraceID().String(), SpanID: s.SpanContext().SpanID().String(),
		Flags: int(s.SpanContext().TraceFlags()), Name: s.Name(), Kind: kind(s.SpanKind()),
		Start: nanos(s.StartTime()), End: nanos(s.EndTime()), Attributes: attributes(s.Attributes()),
	}
	if s.Parent().HasSpanID() {
		j.ParentSpanID = s.Parent().SpanID().String()
	}
	if s.Status().Code == codes.Error {
		j.Status = statusJSON{Message: s.Status().Description, Code: statusError}
	}
	return j
}

// kind is a SpanKind's number in the protocol.
func kind(k trace.SpanKind) int {
	switch k {
	case trace.SpanKindServer:
		return 2
	case trace.SpanKindClient:
		return 3
	default:
		return 1 // internal
	}
}

func nanos(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }

func attributes(in []attribute.KeyValue) []keyValue {
	out := make([]keyValue, 0, len(in))
	for _, a := range in {
		out = append(out, keyValue{string(a.Key), value(a.Value)})
	}
	return out
}

func value(v attribute.Value) map[string]any {
	switch v.Type() {
	case attribute.INT64:
		return map[string]any{"intValue": strconv.FormatInt(v.AsInt64(), 10)}
	case attribute.BOOL:
		return map[string]any{"boolValue": v.AsBool()}
	default:
		return map[string]any{"stringValue": v.String()}
	}
}
