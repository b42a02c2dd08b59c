package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/admin"
)

// surface is every route, and what it asks of the domain.
func surface() []struct{ method, path, body, asks string } {
	return []struct{ method, path, body, asks string }{
		{"GET", "/partners", "", `["partners"]`},
		{"POST", "/partners", `{"name":"duka"}`, `["create partner","duka",false]`},
		{"POST", "/partners", `{"name":"duka","review_webhooks":true}`, `["create partner","duka",true]`},
		{"PATCH", "/partners/duka", `{"review_webhooks":false}`, `["update partner","duka",false]`},
		{"GET", "/reviews", "", `["open reviews"]`},
		{"GET", "/reviews?partner=duka&kind=no_result&after=7&limit=2", "", `["open reviews"]`},
		{"POST", "/reviews/7/resolve", `{"as":"paid","seen":"3fa2c1d0","receipt":"RKTQDM7W6S","note":"on the statement","by":"jane"}`,
			`["resolve",7,{"As":"paid","Seen":"3fa2c1d0","Receipt":"RKTQDM7W6S","Note":"on the statement","By":"jane"}]`},
		{"GET", "/results", "", `["declarations"]`},
		{"POST", "/results", `{"code":"1050","outcome":"failed","note":"per Safaricom","by":"jane","after":7}`,
			`["declare",{"Code":1050,"Outcome":"failed","Note":"per Safaricom","By":"jane","At":"0001-01-01T00:00:00Z"},7]`},
		{"POST", "/results/1050/forget", `{"note":"a mistake","by":"jane"}`, `["forget",1050,"a mistake","jane"]`},
		{"GET", "/partners/duka/keys", "", `["keys","duka"]`},
		{"POST", "/partners/duka/keys", "", `["create key","duka",{"Scopes":"collect deliveries read","Note":"","ExpiresAt":"0001-01-01T00:00:00Z"}]`},
		{"POST", "/partners/duka/keys", `{"scopes":["read"],"note":"shop","expires_in":"2d"}`, `["create key","duka",{"Scopes":"read","Note":"shop","ExpiresAt":"2026-11-26T09:00:00Z"}]`},
		{"POST", "/partners/duka/keys", `{"expires_in":"never"}`, `["create key","duka",{"Scopes":"collect deliveries read","Note":"","ExpiresAt":"0001-01-01T00:00:00Z"}]`},
		{"POST", "/keys/k1/rotate", "", `["rotate key","k1",86400000000000]`},
		{"POST", "/keys/k1/rotate", `{"overlap":"0s","expires_in":"36h"}`, `["rotate key","k1",0,"2026-11-25T21:00:00Z"]`},
		{"POST", "/keys/k1/rotate", `{"overlap":"2d","expires_in":"never"}`, `["rotate key","k1",172800000000000,"0001-01-01T00:00:00Z"]`},
		{"POST", "/keys/k1/revoke", "", `["revoke key","k1"]`},
		{"GET", "/partners/duka/secrets", "", `["secrets","duka"]`},
		{"POST", "/partners/duka/secrets/rotate", "", `["rotate secret","duka",86400000000000]`},
		{"POST", "/partners/duka/secrets/rotate", `{"overlap":"90m"}`, `["rotate secret","duka",5400000000000]`},
		{"GET", "/payments", "", `["payments",{"Partner":"","State":"","Phone":"","Before":"0001-01-01T00:00:00Z","Unerased":false,"Again":false,"After":0,"Limit":100,"States":null,"InReview":false,"ResultCode":""}]`},
		{"GET", "/payments?state=review&partner=duka&after=7&limit=2", "", `["payments",{"Partner":"duka","State":"review","Phone":"","Before":"0001-01-01T00:00:00Z","Unerased":false,"Again":false,"After":7,"Limit":2,"States":null,"InReview":false,"ResultCode":""}]`},
		{"GET", "/payments/7", "", `["payment",7]`},
		{"GET", "/payments/T2U", "", `["payment",102]`}, // by the reference at M-PESA
		{"GET", "/payments/t2u", "", `["payment",102]`},
		{"GET", "/deliveries?state=exhausted", "", `["deliveries",{"Partner":"","State":"exhausted","After":0,"Limit":100}]`},
		{"GET", "/deliveries/4", "", `["delivery",4]`},
		{"POST", "/deliveries/4/resend", "", `["delivery",4]`},
		{"POST", "/customers/erase", `{"phone":"254712345678"}`, `["erase","254712345678"]`},
		{"POST", "/customers/erase", `{"phone":"0712 345 678"}`, `["erase","254712345678"]`},
	}
}

func TestSurface(t *testing.T) {
	for _, tt := range surface() {
		d := newDoor(nil)
		w := d.call(tt.method, admin.Base+tt.path, strings.NewReader(tt.body))
		asked, _ := json.Marshal(d.asked)
		if w.Code/100 != 2 || string(asked) != tt.asks || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s %s %s: HTTP %d %s\nasked %s\n want %s", tt.method, tt.path, tt.body, w.Code, w.Body, asked, tt.asks)
		}
		if h := w.Header(); h.Get("Content-Type") != "application/json" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: header %v", tt.method, tt.path, h)
		}
		for _, hidden := range []string{"digest", "sealed", "secret-callback-token", `"body"`} {
			if strings.Contains(strings.ToLower(w.Body.String()), hidden) {
				t.Errorf("%s %s shows %s: %s", tt.method, tt.path, hidden, w.Body)
			}
		}
	}
}

// Answers are what the command line and people's scripts read.
func TestAnswers(t *testing.T) {
	d := newDoor(nil)
	d.payments = []*gateway.Payment{{ID: 7, Partner: "duka", State: gateway.Review, Phone: "254712345678", CreatedAt: now}}
	for _, tt := range []struct{ method, path, body, want string }{
		{"GET", "/partners", "", `{"partners":[{"name":"local","configured":true,"review_webhooks":false,"created_at":null},{"name":"duka","configured":false,"review_webhooks":false,"created_at":"2026-11-24T09:00:00Z"}]}`},
		{"POST", "/partners/duka/keys", "", `{"id":"k4","partner":"duka","scopes":["collect","read"],"note":"shop","state":"valid","created_at":"2026-11-24T09:00:00Z",` +
			`"expires_at":"2026-11-24T10:00:00Z","revoked_at":null,"used_at":null,"key":"dbx_live_shown"}`},
		{"POST", "/partners/duka/secrets/rotate", "", `{"id":3,"partner":"duka","state":"valid","created_at":null,"expires_at":null,"webhook_secret":"whsec_shown"}`},
		{"GET", "/payments?limit=1", "", `{"payments":[{"transaction_id":7,"partner":"duka","state":"review","amount":0,"phone":"2547XXXXX678","reference":"","mpesa_receipt":"",` +
			`"result_code":null,"result_desc":"","support":false,"review_reason":"","review_since":null,"created_at":"2026-11-24T09:00:00Z","updated_at":null}],"next":7}`},
	} {
		if w := d.call(tt.method, admin.Base+tt.path, strings.NewReader(tt.body)); w.Body.String() != tt.want {
			t.Errorf("%s %s:\n got %s\nwant %s", tt.method, tt.path, w.Body, tt.want)
		}
	}
	w := d.call("GET", admin.Base+"/partners/duka/keys", nil)
	for _, want := range []string{`"id":"k1","partner":"duka","scopes":["collect","read"],"note":"shop","state":"valid"`, `"state":"expired"`, `"state":"revoked"`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("keys: no %s in %s", want, w.Body)
		}
	}
	if w := d.call("GET", admin.Base+"/payments/7", nil); !strings.Contains(w.Body.String(), `"phone":"254712345678"`) || !strings.Contains(w.Body.String(), `"account_reference":"2026-000123"`) || !strings.Contains(w.Body.String(), `"verdict":"applied"`) {
		t.Errorf("payment: %s", w.Body)
	}
	d.call("POST", admin.Base+"/deliveries/4/resend", nil)
	if len(d.resent) != 1 || d.resent[0] != 4 {
		t.Errorf("sent again: %v", d.resent)
	}
}

// Without the token nothing is answered, asked of the domain, or read of the body.
func TestTokenIsNeeded(t *testing.T) {
	for name, header := range map[string]string{
		"none": "", "another": "Bearer another-token-entirely-xxxxxxx", "no scheme": token, "basic": "Basic " + token, "a part": "Bearer " + token[:len(token)-1], "more": "Bearer " + token + "x", "empty": "Bearer ",
	} {
		for _, tt := range surface() {
			d := newDoor(nil)
			w := d.call(tt.method, admin.Base+tt.path, unread{t}, "Authorization", header)
			if w.Code != http.StatusUnauthorized || d.asked != nil || !strings.Contains(w.Header().Get("Www-Authenticate"), "Bearer") {
				t.Errorf("%s: %s %s: HTTP %d %s, asked %v", name, tt.method, tt.path, w.Code, w.Body, d.asked)
			}
			if strings.Contains(w.Body.String()+d.log.String(), token) {
				t.Errorf("%s: the token is shown", name)
			}
		}
	}
	d := newDoor(func(c *admin.Config) { c.Token = "" })
	if w := d.call("GET", admin.Base+"/partners", nil, "Authorization", "Bearer "); w.Code != http.StatusUnauthorized {
		t.Errorf("an empty token opens: HTTP %d", w.Code)
	}
}

type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

// A name that a foreign page points at loopback (DNS rebinding) is not this server's,
// on no path.
func TestForeignHosts(t *testing.T) {
	ops := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	d := newDoor(func(c *admin.Config) { c.Hosts, c.Ops = []string{"gateway.internal"}, ops })
	for host, taken := range map[string]bool{
		"127.0.0.1:8081": true, "localhost": true, "[::1]:8081": true, "gateway.internal:8081": true, "GATEWAY.internal.": true, "10.0.0.5:8081": true,
		"evil.example": false, "evil.example:8081": false, "127.0.0.1.evil.example": false, "10.0.0.6": false, "0.0.0.0": false, "": false, ":8081": false,
	} {
		for _, path := range []string{admin.Base + "/partners", "/metrics"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Host = host
			r.Header.Set("Authorization", "Bearer "+token)
			r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.IPv4(10, 0, 0, 5), Port: 8081}))
			w := httptest.NewRecorder()
			d.ServeHTTP(w, r)
			if want := map[bool]int{true: 200, false: 403}[taken]; w.Code != want {
				t.Errorf("Host %q, %s: HTTP %d %s, want %d", host, path, w.Code, w.Body, want)
			}
		}
	}
}

// Whoever starts containers asks for the health by a name that nobody told the gateway;
// nothing else is open to such a name, and the refusal names the flag.
func TestProbesAreOpenToAnyHost(t *testing.T) {
	ops := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	d := newDoor(func(c *admin.Config) { c.Ops = ops })
	for path, want := range map[string]int{"/livez": 200, "/readyz": 200, "/readyz/": 403, "/metrics": 403, "/debug/pprof/heap": 403, admin.Base + "/partners": 403} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = "gateway:8081"
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		if d.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%s: HTTP %d %s, want %d", path, w.Code, w.Body, want)
		}
		if flag := "--admin-host gateway (or DARAJABOX_ADMIN_HOST=gateway)"; want == 403 && !strings.Contains(w.Body.String(), flag) {
			t.Errorf("%s: %s, want %s", path, w.Body, flag)
		}
	}
}

// What is no administration goes to Ops, and only what scrapers ask for without token.
func TestOps(t *testing.T) {
	var got []string
	ops := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = append(got, r.URL.Path) })
	d := newDoor(func(c *admin.Config) { c.Ops = ops })
	for _, tt := range []struct {
		path  string
		known bool
		want  int
	}{
		{"/metrics", false, 200}, {"/readyz", false, 200}, {"/debug/pprof/heap", false, 401}, {"/debug/pprof/heap", true, 200},
		{"//debug/pprof/heap", false, 401}, {"/%64ebug/pprof/heap", false, 401}, {"/metrics/../debug/pprof/heap", false, 401}, {"/metrics/", false, 401},
		{"/else", true, 200}, {"/else", false, 401},
	} {
		var header []string
		if !tt.known {
			header = []string{"Authorization", ""}
		}
		if w := d.call("GET", tt.path, nil, header...); w.Code != tt.want {
			t.Errorf("%s, token %t: HTTP %d, want %d", tt.path, tt.known, w.Code, tt.want)
		}
	}
	if len(got) != 4 {
		t.Errorf("Ops saw %v", got)
	}
	if w := newDoor(nil).call("GET", "/metrics", nil); w.Code != http.StatusNotFound {
		t.Errorf("without Ops: HTTP %d", w.Code)
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		err    error
		status int
		text   string
	}{
		{gateway.Invalidf("a name is wrong"), 400, `{"error":"a name is wrong"}`},
		{&gateway.Error{Code: gateway.CodeNotFound, Message: "there is no partner"}, 404, `{"error":"there is no partner"}`},
		{&gateway.Error{Code: gateway.CodeConflict, Message: "there is one"}, 409, `{"error":"there is one"}`},
		{errors.New("disk is full"), 500, `{"error":"internal error; the gateway's log says why"}`},
	} {
		for _, route := range surface() {
			d := newDoor(nil)
			d.err = tt.err
			w := d.call(route.method, admin.Base+route.path, strings.NewReader(route.body))
			if w.Code != tt.status || w.Body.String() != tt.text || !strings.Contains(d.log.String(), tt.err.Error()) {
				t.Errorf("%s %s: %v: HTTP %d %s\n%s", route.method, route.path, tt.err, w.Code, w.Body, d.log)
			}
		}
	}
}

func TestBadRequests(t *testing.T) {
	for _, tt := range []struct {
		method, path, body string
		status             int
		text               string
	}{
		{"POST", "/partners", `{"name":`, 400, "not JSON"},
		{"POST", "/partners", `[]`, 400, "must be a JSON object"},
		{"POST", "/partners", `{"title":"duka"}`, 400, "unknown field"},
		{"POST", "/partners", `{"name":"duka"} x`, 400, "not JSON"},
		{"POST", "/partners", `{"name":"` + strings.Repeat("x", 17<<10) + `"}`, 413, "over 16384 bytes"},
		{"POST", "/partners/duka/keys", `{"scope":["read"]}`, 400, "unknown field"},
		{"POST", "/partners/duka/keys", `{"scopes":["all"]}`, 400, "no scope"},
		{"POST", "/partners/duka/keys", `{"expires_in":"soon"}`, 400, "must be a duration"},
		{"POST", "/partners/duka/keys", `{"expires_in":"-1h"}`, 400, "must be a duration"},
		{"POST", "/partners/duka/keys", `{"expires_in":"99999999999d"}`, 400, "must be a duration"},
		{"POST", "/partners/duka/keys", `{"expires_in":3600}`, 400, "must be a duration"},
		{"POST", "/keys/k1/rotate", `{"overlap":"1"}`, 400, "must be a duration"},
		{"GET", "/payments?limit=0", "", 400, "limit"},
		{"GET", "/payments?limit=x", "", 400, "limit"},
		{"GET", "/deliveries?after=-1", "", 400, "after"},
		{"GET", "/payments/x", "", 404, "not the number"},
		{"GET", "/payments/0", "", 404, "not the number"},
		{"GET", "/payments/T0", "", 404, "not the number"},
		{"POST", "/deliveries/99999999999999999999/resend", "", 404, "not the number"},
		{"POST", "/customers/erase", "", 400, "phone must be"},
		{"POST", "/customers/erase", `{"phone":"+1 254 712"}`, 400, "phone must be"},
		{"POST", "/customers/erase", `{"phone":254712345678}`, 400, "phone, a string"},
		{"GET", "/customers/erase", "", 405, "use POST"},
		{"GET", "/nothing", "", 404, "no such path"},
		{"GET", "", "", 404, "no such path"},
		{"DELETE", "/partners", "", 405, "use GET, POST"},
		{"GET", "/keys/k1/revoke", "", 405, "use POST"},
	} {
		d := newDoor(nil)
		w := d.call(tt.method, admin.Base+tt.path, strings.NewReader(tt.body))
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.text) || !strings.HasPrefix(w.Body.String(), `{"error":"`) || d.asked != nil {
			t.Errorf("%s %s %.60s: HTTP %d %s, asked %v", tt.method, tt.path, tt.body, w.Code, w.Body, d.asked)
		}
	}
	if w := newDoor(func(c *admin.Config) { c.Resender = nil }).call("POST", admin.Base+"/deliveries/4/resend", nil); w.Code != http.StatusNotImplemented {
		t.Errorf("nobody can send again: HTTP %d %s", w.Code, w.Body)
	}
	if w := newDoor(func(c *admin.Config) { c.Eraser = nil }).call("POST", admin.Base+"/customers/erase", strings.NewReader(`{"phone":"254712345678"}`)); w.Code != http.StatusNotImplemented {
		t.Errorf("nobody can erase: HTTP %d %s", w.Code, w.Body)
	}
}

// An answer says what is kept and why.
func TestErased(t *testing.T) {
	d := newDoor(nil)
	for _, tt := range []struct {
		erased gateway.Erased
		want   string
	}{
		{gateway.Erased{}, `{"payments":0,"masked_in_other_payments":0,"callbacks":0,"undelivered_webhooks":{"count":0,"reason":""},"kept_payments":{"transaction_ids":[],"reason":"","until":""},` +
			`"kept_callbacks":{"count":0,"reason":""},"left_in_files":""}`},
		{
			gateway.Erased{Payments: 3, Mentions: 5, Callbacks: 4, Kept: []int64{7, 9}, Chained: 2, Left: "a reader holds it"},
			`{"payments":3,"masked_in_other_payments":5,"callbacks":4,"undelivered_webhooks":{"count":0,"reason":""},"kept_payments":{"transaction_ids":[7,9],"reason":"7, 9: still open; ask again later","until":""},` +
				`"kept_callbacks":{"count":2,"reason":"the token or the verdict contains the number; they stay for good, since the hash chain covers both"},"left_in_files":"a reader holds it"}`,
		},
	} {
		d.erased = tt.erased
		if w := d.call("POST", admin.Base+"/customers/erase", strings.NewReader(`{"phone":"254712345678"}`)); w.Body.String() != tt.want {
			t.Errorf("got  %s\nwant %s", w.Body, tt.want)
		}
	}
}

// Whatever is wrong with a request, the number in it is not in the log.
func TestBadErasureIsNotLogged(t *testing.T) {
	for _, body := range []string{
		`{"254712345678":""}`, `{"phone":254712345678}`, `{"phone":"254712345678`, `{"phone":"254712345678x"}`, `{"phone":"254712345678"} 254712345678`,
	} {
		d := newDoor(nil)
		w := d.call("POST", admin.Base+"/customers/erase", strings.NewReader(body))
		if said := w.Body.String() + d.log.String(); w.Code != http.StatusBadRequest || strings.Contains(said, "712345678") {
			t.Errorf("%s: HTTP %d %s", body, w.Code, said)
		}
	}
}

func TestPanicIsAnswered(t *testing.T) {
	d := newDoor(func(c *admin.Config) { c.Accounts = nil })
	if w := d.call("GET", admin.Base+"/partners", nil); w.Code != http.StatusInternalServerError || !strings.Contains(d.log.String(), "handler panicked") {
		t.Errorf("HTTP %d %s\n%s", w.Code, w.Body, d.log)
	}
}

// What is shown once is not in the log.
func TestLogShowsNoSecrets(t *testing.T) {
	d := newDoor(nil)
	for _, tt := range surface() {
		d.call(tt.method, admin.Base+tt.path, strings.NewReader(tt.body))
	}
	for _, s := range []string{"dbx_live_shown", "whsec_shown", token, "254712345678"} {
		if strings.Contains(d.log.String(), s) {
			t.Errorf("the log shows %s", s)
		}
	}
	if lines := strings.Count(d.log.String(), "\n"); lines != len(surface()) {
		t.Errorf("%d lines for %d requests", lines, len(surface()))
	}
}

var (
	_ admin.Accounts = (*gateway.Keyring)(nil)
	_ admin.Records  = gateway.Desk{}
	_ admin.Eraser   = (*gateway.Gateway)(nil)
)
