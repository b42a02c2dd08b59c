package control_test

import (
	"fmt"
	"testing"

	"github.com/darajabox/darajabox/simulator/control"
)

func TestCallbacks(t *testing.T) {
	r := start(t)
	r.steps([]step{{"GET", "/callbacks", "", 200, `{"callbacks":[],"holding":false}`}})
	id := r.world().push(t, phone)
	r.get(200, "POST", "/clock/advance", `{"by": "1m"}`)
	r.steps([]step{
		{"GET", "/callbacks", "", 200, `…{"callbacks":[{"id":"` + id + `","checkout_request_id":"` + id + `","url":"http://127.0.0.1:9/callback","phone":"254712345678",` +
			`"status":"delivered","due_at":"2026-11-24T12:00:02+03:00","attempts":1,"last_status":200,"last_error":"","body":{"Body":`},
		{"POST", "/callbacks/" + id + "/resend", "", 202, ""},
		{"POST", "/callbacks/nothing/resend", "", 404, `{"error":"sending callback \"nothing\" again: there is no such callback: not found"}`},
		{"POST", "/callbacks/hold", "", 204, ""},
		{"GET", "/callbacks", "", 200, `…"holding":true}`},
		{"POST", "/callbacks/release", "", 204, ""},
		{"GET", "/callbacks", "", 200, `…"holding":false}`},
	})
	if got := fmt.Sprint(r.world().callbacks.resent); got != "["+id+"]" {
		t.Errorf("sent again: %s", got)
	}
	r.world().callbacks.broken = control.ErrConflict
	r.steps([]step{
		{"POST", "/callbacks/" + id + "/resend", "", 409, `{"error":"sending callback \"` + id + `\" again: not now"}`},
		{"GET", "/journal?kind=action&reason=*callback*", "", 200, `…"total":3`},
	})
}
