package app

import (
	"context"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// room is behind a door: whoever is in it stays until let go.
type room struct {
	in, letGo chan struct{}
	now, peak atomic.Int64
}

func newRoom() *room { return &room{in: make(chan struct{}), letGo: make(chan struct{})} }

func (r *room) ServeHTTP(_ http.ResponseWriter, req *http.Request) {
	for n := r.now.Add(1); ; {
		peak := r.peak.Load()
		if n <= peak || r.peak.CompareAndSwap(peak, n) {
			break
		}
	}
	defer r.now.Add(-1)
	r.in <- struct{}{}
	select {
	case <-r.letGo:
	case <-req.Context().Done():
	}
}

// opened is a door to h that is closed when the test ends.
func opened(t *testing.T, h http.Handler, limits connLimits) *door {
	t.Helper()
	return openedBy(t, &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}, limits)
}

func openedBy(t *testing.T, s *http.Server, limits connLimits) *door {
	t.Helper()
	d, err := bind(t.Context(), ListenerCallbacks, "127.0.0.1:0", "callbacks")
	if err != nil {
		t.Fatal(err)
	}
	d.open(t.Context(), s, limits)
	t.Cleanup(func() { _ = d.close() })
	return d
}

// listens asks the socket itself: a port may soon be somebody else's.
func (d *door) listens() bool { return d.listener.(*net.TCPListener).SetDeadline(time.Time{}) == nil }

// visit makes a request, and says by the channel how it went.
func visit(d *door) <-chan error {
	went := make(chan error, 1)
	go func() {
		c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := c.Get(d.urlFor(""))
		if err == nil {
			err = resp.Body.Close()
		}
		went <- err
	}()
	return went
}

func TestDoorWaitsForWhoIsIn(t *testing.T) {
	r := newRoom()
	d := opened(t, r, connLimits{})
	went := visit(d)
	<-r.in
	stopped := make(chan error, 1)
	go func() { stopped <- d.stop(context.Background()) }()
	for d.listens() { // until nobody is let in any more
		runtime.Gosched()
	}
	select {
	case err := <-stopped:
		t.Errorf("it stopped while somebody was in: %v", err)
	default:
	}
	close(r.letGo)
	if err := <-went; err != nil {
		t.Error(err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if err := d.close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
}

func TestDoorCutsOffWhoStays(t *testing.T) {
	r := newRoom()
	d := opened(t, r, connLimits{})
	went := visit(d)
	<-r.in
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.stop(ctx); err == nil || !strings.Contains(err.Error(), "callbacks were cut off: context canceled") {
		t.Errorf("got %v", err)
	}
	if err := <-went; err == nil {
		t.Error("who was cut off was answered")
	}
}

// A listener that fails by itself is told, by whichever close comes first.
func TestDoorSaysThatServingEnded(t *testing.T) {
	d := opened(t, newRoom(), connLimits{})
	if err := d.listener.Close(); err != nil {
		t.Fatal(err)
	}
	const want = "serving callbacks: accept tcp"
	for len(d.served) == 0 { // else it may end by close first
		runtime.Gosched()
	}
	if err := d.close(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s…", err, want)
	}
	if err := d.close(); err != nil {
		t.Errorf("it was told again: %v", err)
	}
}

func TestDoorThatWasNeverOpened(t *testing.T) {
	d, err := bind(t.Context(), ListenerCallbacks, "127.0.0.1:0", "callbacks")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bind(t.Context(), ListenerOps, d.listener.Addr().String(), "probes"); err == nil || !strings.Contains(err.Error(), "so the gateway's listener for metrics and probes cannot start") {
		t.Errorf("the same address again: %v", err)
	}
	if err := d.close(); err != nil {
		t.Error(err)
	}
	if d.listens() {
		t.Error("it still listens")
	}
	var none *door
	if none.urlFor("") != "" || none.stop(t.Context()) != nil || none.close() != nil {
		t.Error("a door that is not wanted does something")
	}
}
