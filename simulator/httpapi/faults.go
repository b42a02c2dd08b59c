package httpapi

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// pieces is how many a slow body comes in, and edgeRate what the gateway says that it
// allows in a second.
const (
	pieces   = 10
	edgeRate = 5
)

// page is an answer of what stands before Daraja. err is what Daraja itself would have
// said.
func (r *request) page(err error) answer {
	var e daraja.EdgeAnswer
	switch r.reply.Page {
	case simulator.PageSpikeArrest:
		e = daraja.EdgeSpikeArrest(edgeRate)
	case simulator.PageWAF403:
		e = daraja.EdgeForbidden(r.place.World.RequestID(r.call(nil)))
	case simulator.PageWAF503:
		e = daraja.EdgeUnavailable(r.place.World.RequestID(r.call(nil)))
	default:
		e = daraja.EdgeEmpty()
	}
	a := answer{status: e.Status, contentType: e.ContentType, body: e.Body, reason: "the page " + string(r.reply.Page) + " stands in the place of the answer"}
	if r.reply.By != "" {
		a.reason += ", decided by " + r.reply.By
	}
	if err != nil {
		a.reason += "; Daraja itself would have refused: " + err.Error()
	}
	return a
}

// faults says in words what is done to an answer on purpose.
func faults(r simulator.Reply) []string {
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
	add(r.Accepted && r.Refuses(), "carried out all the same")
	add(r.RevokeToken, "token revoked")
	add(r.AfterCallback, "after the callback")
	add(r.Latency > 0, "latency %s", r.Latency)
	add(r.SlowBody > 0, "slow body %s", r.SlowBody)
	add(r.Damage != "", "%s", r.Damage)
	return all
}

// sending is an answer as it goes on the wire.
type sending struct {
	answer
	length int  // Content-Length; -1 leaves it to net/http
	reset  bool // instead of all of it
	late   bool // waits before the first byte
}

// damage does to an answer what the reply asks for.
func (r *request) damage(a answer) sending {
	sent := sending{answer: a, length: -1, late: r.reply.Latency > 0}
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
func (a sending) write(ctx context.Context, w http.ResponseWriter, waits *waits) {
	out := http.NewResponseController(w)
	if waits != nil { // longer than the server's time-out, perhaps
		_ = out.SetWriteDeadline(time.Time{}) // not every ResponseWriter has one
	}
	if a.late && !waits.next(ctx) {
		return
	}
	if a.reset {
		reset(out)
		return
	}
	if a.contentType != "" {
		w.Header().Set("Content-Type", a.contentType)
	}
	if a.length >= 0 {
		w.Header().Set("Content-Length", strconv.Itoa(a.length))
	}
	w.WriteHeader(a.status)
	n := 1
	if waits != nil {
		n += waits.left
	}
	for i := range n {
		if i > 0 && !waits.next(ctx) {
			return
		}
		_, _ = w.Write(a.body[len(a.body)*i/n : len(a.body)*(i+1)/n]) // fails only for a caller that left
		if n > 1 {
			_ = out.Flush() // likewise
		}
	}
}

// reset ends the connection so that the caller sees a reset.
func reset(out *http.ResponseController) {
	conn, _, err := out.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // cuts the answer off at least
	}
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	if raw, ok := conn.(*net.TCPConn); ok {
		_ = raw.SetLinger(0) // fails only on a connection that has ended already
	}
	_ = conn.Close()
}
