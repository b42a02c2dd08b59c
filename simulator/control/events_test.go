package control_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/journal"
)

// server is a real one, so that streams can be read while they are written.
func server(t *testing.T, c control.Config, change func(*http.Server)) (*httptest.Server, *fakeWorlds) {
	t.Helper()
	worlds := newFakeWorlds(t, "shop")
	c.Worlds = worlds
	s := httptest.NewUnstartedServer(control.New(c))
	if change != nil {
		change(s.Config)
	}
	s.Start()
	t.Cleanup(s.Close)
	return s, worlds
}

// listener reads a stream of events.
type listener struct {
	t     *testing.T
	lines *bufio.Scanner
	close func()
}

func listen(t *testing.T, url string, header ...string) *listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("HTTP %d %v", res.StatusCode, res.Header)
	}
	l := &listener{t: t, lines: bufio.NewScanner(res.Body), close: cancel}
	l.lines.Buffer(nil, 1<<20)
	if first := l.block(); first != "retry: 1000" {
		t.Fatalf("the stream begins with %q", first)
	}
	return l
}

// block is what comes up to the next empty line, "" at the end.
func (l *listener) block() string {
	var lines []string
	for l.lines.Scan() {
		if l.lines.Text() == "" {
			return strings.Join(lines, "\n")
		}
		lines = append(lines, l.lines.Text())
	}
	return ""
}

// event is the next event, without signs of life: its kind, its id and its data.
func (l *listener) event() (kind, id string, data map[string]any) {
	l.t.Helper()
	for {
		block := l.block()
		if block == "" {
			l.t.Fatalf("the stream ended: %v", l.lines.Err())
		}
		if strings.HasPrefix(block, ":") {
			continue
		}
		for _, line := range strings.Split(block, "\n") {
			name, value, _ := strings.Cut(line, ": ")
			switch name {
			case "event":
				kind = value
			case "id":
				id = value
			case "data":
				if err := json.Unmarshal([]byte(value), &data); err != nil {
					l.t.Fatalf("%v in %s", err, value)
				}
			}
		}
		return kind, id, data
	}
}

// until reads up to an event of a kind.
func (l *listener) until(kind string) (id string, data map[string]any) {
	l.t.Helper()
	for {
		if got, id, data := l.event(); got == kind {
			return id, data
		}
	}
}

func post(t *testing.T, url, body string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func TestEvents(t *testing.T) {
	s, worlds := server(t, control.Config{Products: products()}, nil)
	l := listen(t, s.URL+"/events")
	other := listen(t, s.URL+"/worlds/shop/events")
	w := worlds.all[0]
	id := w.push(t, phone)
	seen := map[string]map[string]any{}
	for seen["prompt"] == nil || seen["record"] == nil { // in either order
		kind, eventID, data := l.event()
		seen[kind] = data
		if (kind == "record") != (eventID == "1") {
			t.Errorf("%s has id %q", kind, eventID)
		}
	}
	if got := fmt.Sprint(seen["prompt"]); got != "map[at:2026-11-24T12:00:00+03:00 payment:"+id+" phone:254712345678]" {
		t.Errorf("prompt: %s", got)
	}
	rec := seen["record"]
	if rec["payment"] != id || rec["seq"] != 1.0 || rec["kind"] != "request" || rec["faults"] == nil {
		t.Errorf("record: %v", rec)
	}
	if _, has := rec["request"]; has || rec["response"] != nil {
		t.Errorf("the record has bodies: %v", rec)
	}
	post(t, s.URL+"/phones/0712345678/off", "")
	if _, data := l.until("phone"); data["phone"] != phone {
		t.Errorf("phone: %v", data)
	}
	post(t, s.URL+"/clock/advance", `{"by": "1m"}`)
	if _, data := l.until("clock"); data["at"] != "2026-11-24T12:01:00+03:00" || data["phone"] != "" {
		t.Errorf("clock: %v", data)
	}
	post(t, s.URL+"/worlds/shop/clock/advance", `{"by": "2m"}`)
	if _, data := other.until("record"); data["reason"] != "the clock was advanced by 2m0s" { // the first of its own world
		t.Errorf("in the other world: %v", data)
	}
}

// After Last-Event-ID, what was missed comes first, and nothing twice.
func TestEventsResume(t *testing.T) {
	s, worlds := server(t, control.Config{Products: products()}, nil)
	j := worlds.all[0].journal
	for range 5 {
		j.Add(journal.Record{At: at(), Kind: journal.KindAction})
	}
	l := listen(t, s.URL+"/events", "Last-Event-ID", "3")
	j.Add(journal.Record{At: at(), Kind: journal.KindAction})
	for _, want := range []string{"4", "5", "6"} {
		if kind, id, _ := l.event(); kind != "record" || id != want {
			t.Errorf("%s %s, want record %s", kind, id, want)
		}
	}
	// What is more than a stream sends at once is counted as lost.
	for range journal.MaxLimit + 4 {
		j.Add(journal.Record{At: at(), Kind: journal.KindAction})
	}
	l = listen(t, s.URL+"/events", "Last-Event-ID", "6")
	if kind, _, data := l.event(); kind != "lost" || data["records"] != 4.0 {
		t.Errorf("%s %v", kind, data)
	}
	if kind, id, _ := l.event(); kind != "record" || id != "11" {
		t.Errorf("%s %s", kind, id)
	}
	// A journal that was emptied meanwhile begins anew.
	j.Reset()
	l = listen(t, s.URL+"/events", "Last-Event-ID", "900")
	j.Add(journal.Record{At: at(), Kind: journal.KindAction})
	if kind, id, _ := l.event(); kind != "record" || id != "1" {
		t.Errorf("%s %s", kind, id)
	}
	if w := serve(control.New(control.Config{Products: products(), Worlds: worlds}), "GET", "/events", "Last-Event-ID", "x"); w.Code != 400 {
		t.Errorf("HTTP %d %s", w.Code, w.Body)
	}
}

// However often listeners come back while records pour in, they see each once.
func TestEventsResumeUnderWay(t *testing.T) {
	s, worlds := server(t, control.Config{Products: products()}, nil)
	j := worlds.all[0].journal
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				j.Add(journal.Record{At: at(), Kind: journal.KindAction})
			}
		}
	}()
	for range 10 {
		var from int
		for from == 0 {
			if newest := j.Find(journal.Filter{Newest: true, Limit: 1}).Records; len(newest) > 0 {
				from = int(newest[0].Seq)
			}
		}
		l := listen(t, s.URL+"/events", "Last-Event-ID", fmt.Sprint(from))
		for next, n := from+1, 0; n < 2*journal.MaxLimit; n++ { // more than is caught up with
			kind, id, data := l.event()
			if kind == "lost" {
				next += int(data["records"].(float64))
				continue
			}
			if id != fmt.Sprint(next) {
				t.Fatalf("%s %s, want record %d of those after %d", kind, id, next, from)
			}
			next++
		}
		l.close()
	}
	close(stop)
	<-stopped
}

// The journal is emptied while a stream is open: numbers begin anew, and nothing is
// taken for sent or lost.
func TestEventsAfterClearing(t *testing.T) {
	for _, tt := range []struct {
		name  string
		live  int // records that came after those the stream caught up with
		clear func(t *testing.T, url string, j *journal.Journal, l *listener)
	}{
		{"by the API, before anything came", 0, clearByAPI},
		{"by the API", 3, clearByAPI},
		{"by itself", 3, func(_ *testing.T, _ string, j *journal.Journal, _ *listener) { j.Reset() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, worlds := server(t, control.Config{Products: products()}, nil)
			j := worlds.all[0].journal
			for range 5 {
				j.Add(journal.Record{At: at(), Kind: journal.KindAction})
			}
			l := listen(t, s.URL+"/events", "Last-Event-ID", "1")
			for range 4 {
				l.until("record")
			}
			for n := range tt.live {
				j.Add(journal.Record{At: at(), Kind: journal.KindAction})
				if id, _ := l.until("record"); id != fmt.Sprint(6+n) {
					t.Errorf("record %s", id)
				}
			}
			tt.clear(t, s.URL, j, l)
			for n := range 3 {
				j.Add(journal.Record{At: at(), Kind: journal.KindAction})
				if kind, id, data := l.event(); kind != "record" || id != fmt.Sprint(1+n) {
					t.Errorf("%s %s %v", kind, id, data)
				}
			}
		})
	}
}

func clearByAPI(t *testing.T, url string, _ *journal.Journal, l *listener) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, url+"/journal", nil)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := http.DefaultClient.Do(req); err != nil || res.StatusCode != http.StatusNoContent {
		t.Fatalf("%v %v", res, err)
	}
	l.until("reset")
}

// A reader that is too slow gets the number of the records that it has missed.
func TestEventsLost(t *testing.T) {
	s, worlds := server(t, control.Config{Products: products()}, nil)
	l := listen(t, s.URL+"/events")
	j := worlds.all[0].journal
	j.Add(journal.Record{At: at(), Kind: journal.KindAction})
	l.until("record")
	// Nothing is read, so in the end there is no room for more, in the connection or before it.
	const many = 60_000
	for range many {
		j.Add(journal.Record{At: at(), Kind: journal.KindAction, Reason: strings.Repeat("x", 500)})
	}
	for got := 2; ; got++ {
		kind, id, data := l.event()
		if kind == "lost" {
			missed := int(data["records"].(float64))
			if _, id, _ := l.event(); missed < 1 || id != fmt.Sprint(got+missed) {
				t.Errorf("record %s after %d and %d lost", id, got-1, missed)
			}
			return
		}
		if id != fmt.Sprint(got) {
			t.Fatalf("%s %s after record %d", kind, id, got-1)
		}
	}
}

// A phone is attended for as long as the stream is open.
func TestEventsAttend(t *testing.T) {
	s, worlds := server(t, control.Config{Products: products()}, nil)
	w := worlds.all[0]
	events, _ := w.Subscribe()
	l := listen(t, s.URL+"/events?attend=0712345678")
	<-events
	if !w.domain.Phone(phone).Attended {
		t.Error("the phone is not attended")
	}
	l.close()
	<-events
	if w.domain.Phone(phone).Attended {
		t.Error("the phone is attended after the end of the stream")
	}
	const other = "254720114477"
	l = listen(t, s.URL+"/events?attend=0712345678&attend="+other)
	<-events
	<-events
	if !w.domain.Phone(phone).Attended || !w.domain.Phone(other).Attended {
		t.Error("one of two phones is not attended")
	}
	l.close()
	<-events
	<-events
	if w.domain.Phone(phone).Attended || w.domain.Phone(other).Attended {
		t.Error("one of two phones is attended after the end of the stream")
	}
	for _, query := range []string{"attend=12", "attend=0712345678&attend=12", strings.Repeat("attend=0712345678&", 21)} {
		if res := serve(control.New(control.Config{Products: products(), Worlds: worlds}), "GET", "/events?"+query); res.Code != 400 {
			t.Errorf("%s: HTTP %d %s", query, res.Code, res.Body)
		}
	}
}

// Streams and waits outlive the deadlines of the server, and are bounded.
func TestPatience(t *testing.T) {
	const deadline = 50 * time.Millisecond
	s, worlds := server(t, control.Config{Products: products(), Ping: 20 * time.Millisecond}, func(s *http.Server) {
		s.ReadTimeout, s.WriteTimeout = deadline, deadline
	})
	l := listen(t, s.URL+"/events")
	done := make(chan int, 2)
	go func() {
		done <- post(t, s.URL+"/journal/wait", `{"match": {"kind": "callback"}, "timeout": "30s"}`)
	}()
	go func() { done <- post(t, s.URL+"/phones/0712345678/cancel?wait=30s", "") }()
	for range 10 { // 200 ms
		for l.block() != ": ping" {
		}
	}
	worlds.all[0].push(t, phone)
	if status := <-done; status != 200 {
		t.Errorf("HTTP %d", status)
	}
	if status := post(t, s.URL+"/clock/advance", `{"by": "1m"}`); status != 200 {
		t.Errorf("HTTP %d", status)
	}
	if status := <-done; status != 200 {
		t.Errorf("HTTP %d", status)
	}
	l.until("clock")
}

// Streams end with the server and with their world.
func TestStreamsEnd(t *testing.T) {
	all, stop := context.WithCancel(context.Background())
	defer stop()
	s, _ := server(t, control.Config{Products: products()}, func(s *http.Server) { s.BaseContext = func(net.Listener) context.Context { return all } })
	first, shop := listen(t, s.URL+"/events"), listen(t, s.URL+"/worlds/shop/events")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, s.URL+"/worlds/shop", nil)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := http.DefaultClient.Do(req); err != nil || res.StatusCode != http.StatusNoContent {
		t.Fatalf("%v %v", res, err)
	}
	if got := shop.block(); got != "" || shop.lines.Err() != nil {
		t.Errorf("after its world: %q, %v", got, shop.lines.Err())
	}
	stop()
	if got := first.block(); got != "" || first.lines.Err() != nil {
		t.Errorf("after the server: %q, %v", got, first.lines.Err())
	}
}

// There are only so many streams at once.
func TestStreamsAreBounded(t *testing.T) {
	s, worlds := server(t, control.Config{Products: products()}, nil)
	h := s.Config.Handler
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{}, control.MaxStreams)
	for range control.MaxStreams {
		go func() {
			r := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:7071/events", nil)
			h.ServeHTTP(&flushed{ResponseRecorder: httptest.NewRecorder()}, r)
			ended <- struct{}{}
		}()
	}
	for worlds.all[0].listeners() < control.MaxStreams {
		if res := serve(h, "GET", "/health"); res.Code != 200 {
			t.Fatal(res)
		}
	}
	if w := serve(h, "GET", "/events"); w.Code != 503 || !strings.Contains(w.Body.String(), "1024 streams of events are open") {
		t.Errorf("HTTP %d %s", w.Code, w.Body)
	}
	cancel()
	for range control.MaxStreams {
		<-ended
	}
	listen(t, s.URL+"/events") // there is room again
}

// flushed is a recorder that discards its body.
type flushed struct{ *httptest.ResponseRecorder }

func (*flushed) Write(p []byte) (int, error) { return len(p), nil }
