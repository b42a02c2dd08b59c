package app

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
)

func TestLogsMaskPhones(t *testing.T) {
	const phone = "254712345678"
	var b bytes.Buffer
	log := slog.New(masked{slog.NewJSONHandler(&b, nil)})
	inner := errors.New("refused " + phone)
	log.With("said", "hello 0712345678").WithGroup("g").Warn("call", "error", inner, "text", "of ws_CO_18082026120000000712345678",
		"number", daraja.MSISDN(phone), slog.Group("deep", "x", phone), "count", 254712345, "nothing", nil,
		"trace", "712345678b34da6a3ce929d0e0e47361")
	got := b.String()
	for _, shown := range []string{phone, " 0712345678", "000712345678", "deep\":{\"x\":\"2547123"} {
		if strings.Contains(got, shown) {
			t.Errorf("%q is in %s", shown, got)
		}
	}
	for _, kept := range []string{
		`"said":"hello 07XXXXX678"`, `"error":"refused 2547XXXXX678"`, `"number":"2547XXXXX678"`, `"count":254712345`, `"nothing":null`,
		`"deep":{"x":"2547XXXXX678"}`, `"trace":"712345678b34da6a3ce929d0e0e47361"`, `"level":"WARN"`, `"msg":"call"`,
	} {
		if !strings.Contains(got, kept) {
			t.Errorf("%s is missing in %s", kept, got)
		}
	}
}
