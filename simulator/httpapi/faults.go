package httpapi

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/listen"
	"github.com/darajabox/darajabox/simulator"
)

// pieces is how many a slow body comes in, and edgeRate what the gateway says that it
// allows in a second.
const (
	pieces   = 10
	edgeRate = 5
)

// page is an answer of what is in front of Daraja. err is what Daraja itself would have
// said.
func (r *request) page(err error) answer {
	var e daraja.EdgeAnswer
	switch r.reply.Page {
	case simulator.PageSpikeArrest:
		e = daraja.EdgeSpikeArrest(edgeRate)
	case simulator.PageWAF403:
		e = daraja.EdgeForbidden(r.world.Domain.RequestID(r.body))
	case simulator.PageWAF503:
		e = daraja.EdgeUnavailable(r.world.Domain.RequestID(r.body))
	default:
		e = daraja.EdgeEmpty()
	}
	a := answer{status: e.Status, contentType: e.ContentType, body: e.Body, reason: "the page " + string(r.reply.Page) + " stands in the place of the answer"}
	return r.explained(a, err)
}

// raw is an answer to the letter. err is what Daraja itself would have said.
func (r *request) raw(err error) answer {
	raw := r.reply.Raw
	a := answer{status: raw.Status, header: raw.Header, body: []byte(raw.Body), reason: "a raw answer stands in the place of the right one"}
	if raw.Body != "" {
		a.contentType = jsonType
	}
	return r.explained(a, err)
}

// explained adds to the reason who decided the answer, and what Daraja itself would have
// said.
func (r *request) explained(a answer, err error) answer {
	if r.reply.By != "" {
		a.reason += ", decided by " + r.reply.By
	}
	if err != nil {
		a.reason += "; Daraja itself would have refused: " + err.Error()
	}
	return a
}

// describeFaults says in words what is done to an answer on purpose.
func describeFaults(r simulator.ReplyFaults) []string {
	var all []string
	add := func(is bool, format string, args ...any) {
		if is {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	if r.Error != nil && !r.RevokeToken {
		all = append(all, "error "+r.Error.Code)
	}
	add(r.Page != "", "page %s", r.Page)
	if r.Raw != nil {
		all = append(all, fmt.Sprintf("raw answer %d", r.Raw.Status))
	}
	add(r.Accepted && r.Refuses(), "carried out all the same")
	add(r.RevokeToken, "token revoked")
	add(r.AfterCallback, "after the callback")
	add(r.Latency > 0, "latency %s", r.Latency)
	add(r.SlowBody > 0, "slow body %s", r.SlowBody)
	add(r.Damage != "", "%s", r.Damage)
	return all
}

// wireAnswer is an answer as it is sent.
type wireAnswer struct {
	answer
	length int  // Content-Length; -1 leaves it to net/http
	reset  bool // instead of all of it
	late   bool // waits before the first byte
}

// applyFaults does to an answer what the reply asks for.
func (r *request) applyFaults(a answer) wireAnswer {
	sent := wireAnswer{answer: a, length: -1, late: r.reply.Latency > 0}
	switch r.reply.Damage {
	case simulator.DamageReset:
		sent.reset = true
	case simulator.DamageTruncated:
		sent.length = max(len(a.body), 2)
		sent.body = a.body[:len(a.body)/2]
	case simulator.DamageMalformed:
		sent.body = []byte("{")
		if len(a.body) > 1 {
			sent.body = a.body[:len(a.body)-1]
		}
		if sent.contentType == "" {
			sent.contentType = jsonType
		}
	}
	if r.reply.SlowBody > 0 && sent.length < 0 {
		sent.length = len(sent.body)
	}
	return sent
}

// write puts the answer on the wire. It ends early for a caller that left.
func (a wireAnswer) write(ctx context.Context, w http.ResponseWriter, timers *replyTimers) {
	out := http.NewResponseController(w)
	if timers != nil { // it may be longer than the server's time-out
		_ = out.SetWriteDeadline(time.Time{}) // not every ResponseWriter has one
	}
	if a.late && !timers.next(ctx) {
		return
	}
	if a.reset {
		reset(out)
		return
	}
	if a.contentType != "" {
		w.Header().Set("Content-Type", a.contentType)
	}
	for _, h := range a.header {
		setHeader(w.Header(), h)
	}
	if a.length >= 0 {
		w.Header().Set("Content-Length", strconv.Itoa(a.length))
	}
	w.WriteHeader(a.status)
	n := 1
	if timers != nil {
		n += timers.left
	}
	for i := range n {
		if i > 0 && !timers.next(ctx) {
			return
		}
		_, _ = w.Write(a.body[len(a.body)*i/n : len(a.body)*(i+1)/n]) // fails only for a caller that left
		if n > 1 {
			_ = out.Flush() // likewise
		}
	}
}

// setHeader sets a line of a header with its name as it is spelt. An empty Content-Type
// sends none: net/http would make one up from the body.
func setHeader(to http.Header, h simulator.Header) {
	maps.DeleteFunc(to, func(name string, _ []string) bool { return strings.EqualFold(name, h.Name) })
	if strings.EqualFold(h.Name, "Content-Type") {
		to["Content-Type"] = nil
		if h.Value == "" {
			return
		}
	}
	to[h.Name] = []string{h.Value}
}

// reset ends the connection so that the caller sees a reset.
func reset(out *http.ResponseController) {
	conn, _, err := out.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // cuts the answer off at least
	}
	listen.Reset(conn)
}
