package callback_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/callback"
	"github.com/darajabox/darajabox/simulator/clock"
)

// routing is a sender with routes, FROM=TO each.
func routing(t *testing.T, routes ...string) *rig {
	t.Helper()
	r := &rig{clock: clock.NewFrozen(epoch()), journal: &record{}}
	c := callback.Config{Clock: r.clock, Record: r.journal, Log: slog.New(slog.DiscardHandler)}
	for _, text := range routes {
		route, err := callback.ParseRoute(text)
		if err != nil {
			t.Fatal(err)
		}
		c.Routes = append(c.Routes, route)
	}
	r.Sender = callback.New(c)
	t.Cleanup(func() { _ = r.Stop(context.Background()) })
	return r
}

// An app gets at its own address what is meant for its public name, as it would get it there.
func TestRoutes(t *testing.T) {
	var got []string
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = append(got, r.Host+r.URL.String()) }))
	defer app.Close()
	r := routing(t, "https://shop.example.com="+app.URL, "http://till.example:8080="+app.URL, "https://shop.example.com=http://127.0.0.1:1")
	urls := []string{
		"https://shop.example.com/cb?a=1&b=%20", "https://SHOP.example.com:443/x", "http://till.example:8080", app.URL + "/direct",
	}
	for i, u := range urls {
		r.ScheduleDelivery(simulator.Callback{ID: string(rune('a' + i)), URL: u, Body: []byte("{}")})
		r.idle(t)
	}
	want := "shop.example.com/cb?a=1&b=%20 SHOP.example.com:443/x till.example:8080/ " + strings.TrimPrefix(app.URL, "http://") + "/direct"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("the app got\n%s\nwant\n%s", s, want)
	}
	for i, k := range r.journal.list() {
		if k.URL != urls[i] || k.Status != http.StatusOK {
			t.Errorf("%s is in the journal as %s, status %d %s", urls[i], k.URL, k.Status, k.Error)
		}
	}
}

// Another scheme, port or name is another origin.
func TestRoutesAreForOneOrigin(t *testing.T) {
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s came", r.Host) }))
	defer app.Close()
	r := routing(t, "https://shop.invalid="+app.URL)
	for i, u := range []string{"http://shop.invalid/", "https://shop.invalid:444/", "https://a.shop.invalid/", "https://shop.invalid.invalid/"} {
		r.ScheduleDelivery(simulator.Callback{ID: string(rune('a' + i)), URL: u, Body: []byte("{}")})
		r.idle(t)
	}
	if all := r.journal.list(); len(all) != 4 || all[0].Error == "" {
		t.Errorf("%+v", all)
	}
}

func TestFailureNamesTheRoute(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	r := routing(t, "https://shop.example.com="+closed.URL)
	r.ScheduleDelivery(simulator.Callback{ID: "a", URL: "https://shop.example.com/cb", Body: []byte("{}")})
	r.idle(t)
	if got, want := r.journal.list()[0].Error, "refused; a route sends it to "+closed.URL; !strings.HasSuffix(got, want) {
		t.Errorf("%s, want …%s", got, want)
	}
}

func TestRoutesThatAreWrong(t *testing.T) {
	for _, text := range []string{"", "https://shop.example.com", "shop.example.com=http://127.0.0.1:3000", "https://shop.example.com=127.0.0.1:3000", "https://shop.example.com/cb=http://127.0.0.1:3000", "https://a=http://b?c", "ftp://a=http://b", "https://=http://b", "https://u@a=http://b"} {
		if _, err := callback.ParseRoute(text); err == nil || !strings.Contains(err.Error(), "such as https://shop.example.com=http://127.0.0.1:3000") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := callback.ParseRoute("https://shop.example.com/=http://127.0.0.1:3000/"); err != nil {
		t.Error(err)
	}
}
