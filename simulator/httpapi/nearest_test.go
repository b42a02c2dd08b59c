package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
)

// A path that is nearly right is refused as on the wire, and the record names the path
// that was probably meant.
func TestNearestPathIsOnRecord(t *testing.T) {
	for path, want := range map[string]string{
		"//oauth/v1/generate":                 "; did you mean " + daraja.TokenPath + "?",
		"/mpesa/stkpush/v1/processRequest":    "; did you mean " + daraja.STKPushPath + "?",
		"/mpesa/stkpush/v1/processrequest/":   "; did you mean " + daraja.STKPushPath + "?",
		"/w/blue/mpesa/stkpushquery/v1/Query": "; did you mean /w/blue" + daraja.STKQueryPath + "?",
		"/nowhere":                            "or it is not simulated",
	} {
		h, records := worlds(t)
		w := do(h, httptest.NewRequest(http.MethodPost, path, nil))
		world := "default"
		if strings.HasPrefix(path, "/w/blue") {
			world = "blue"
		}
		all := records[world].list()
		if len(all) == 0 || !strings.HasSuffix(all[len(all)-1].Reason, want) || strings.Contains(w.Body.String(), "did you mean") {
			t.Errorf("%s: the record is %+v, want …%s; the answer is %s", path, all, want, w.Body)
		}
	}
}
