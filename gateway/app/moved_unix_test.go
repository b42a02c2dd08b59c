//go:build !windows

package app_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway/app"
)

// A database that is removed under a running gateway: no order and no callback is
// answered as if it were kept, nothing is pushed, and no probe says that all is well.
func TestDatabaseIsRemovedUnderARunningGateway(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	cfg := config(t, d.URL)
	cfg.OpsAddr = "127.0.0.1:0"
	a := start(t, cfg)
	pay(t, a, p)
	push := next(t, d.made)
	removeAll(t, cfg.Data, filepath.Base(app.DatabaseFile))
	for i := range 5 {
		if got := pay(t, a, p); got.status != http.StatusInternalServerError {
			t.Errorf("order %d was answered %+v", i, got)
		}
		if got := post(t, string(push.CallBackURL), paidBody(t, push, 1)); got.status != http.StatusInternalServerError || strings.Contains(got.body, "Accepted") {
			t.Errorf("callback %d was answered %+v", i, got)
		}
	}
	none(t, d.made)
	for url, want := range map[string]int{a.URL() + "/health": 503, a.OpsURL() + "/readyz": 503, a.OpsURL() + "/livez": 200} {
		if got := page(t, url); got.status != want {
			t.Errorf("%s: %+v, want %d", url, got, want)
		}
	}
}
