package loadtest_test

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/loadtest"
)

// A forger posts every kind of callback that it knows, each readable as M-PESA's, and
// records how each was answered.
func TestForger(t *testing.T) {
	var mu sync.Mutex
	posted := make(map[string]int) // by the digest of the body
	foreign := false               // something came from elsewhere
	gw := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if _, err := daraja.DecodeSTKCallback(body); err != nil {
			t.Errorf("posted %s: %v", body, err)
		}
		mu.Lock()
		defer mu.Unlock()
		posted[loadtest.Digest(body)]++
		foreign = foreign || r.Header.Get("X-Forwarded-For") == loadtest.ForeignAddress
		if r.URL.Path != "/daraja/stk/aa" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer gw.Close()
	h := &loadtest.History{}
	f := &loadtest.Forger{Gateway: gw.URL, OneIn: 1, History: h, Random: rand.New(rand.NewPCG(1, 1))}
	for n := range 100 {
		f.Read(fmt.Appendf(nil, `{"kind":"callback","status":200,"reference":"A-%d","url":"http://x/daraja/stk/aa","request":%s}`, n, paidBody))
		f.Read(fmt.Appendf(nil, `{"kind":"request","api":"stkpush","payment":"ws_CO_%d","reference":"A-%d","request":{"PhoneNumber":"254708374149","Amount":"10","CallBackURL":"http://x/daraja/stk/aa"}}`, n, n))
	}
	f.Read([]byte(`not a record`))
	f.Close()
	f.Read([]byte(`{"kind":"request","api":"stkpush","payment":"late"}`)) // posts nothing more

	kinds, digests := make(map[string]bool), make(map[string]int)
	for _, e := range h.Events() {
		kinds[e.Detail] = true
		digests[e.Digest]++
		want := http.StatusOK
		if e.Reference == "" {
			want = http.StatusNotFound
		}
		if e.Actor != loadtest.Forgery || e.Kind != loadtest.CallbackSent || e.HTTP != want {
			t.Errorf("%+v, want %d", e, want)
		}
	}
	if len(kinds) != 13 {
		t.Errorf("it posted %q, want 13 kinds", slices.Sorted(maps.Keys(kinds)))
	}
	if !foreign {
		t.Error("nothing came from elsewhere")
	}
	if !maps.Equal(digests, posted) {
		t.Errorf("it recorded %v, the gateway got %v", digests, posted)
	}
}

// paidBody is a callback of M-PESA.
const paidBody = `{"Body":{"stkCallback":{"MerchantRequestID":"m","CheckoutRequestID":"ws_CO_1","ResultCode":0,"ResultDesc":"ok",` +
	`"CallbackMetadata":{"Item":[{"Name":"Amount","Value":10},{"Name":"MpesaReceiptNumber","Value":"UKP1ABCDEF"},` +
	`{"Name":"TransactionDate","Value":20261124120000},{"Name":"PhoneNumber","Value":254708374149}]}}}}`
