package main

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
)

func TestCertificate(t *testing.T) {
	printed := darajabox(t, "certificate")
	key, err := daraja.ParseCertificate([]byte(printed.stdout))
	if printed.code != exitOK || err != nil {
		t.Fatalf("%+v: %v", printed, err)
	}
	encrypted := darajabox(t, "certificate", "--encrypt", "s3cret#")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encrypted.stdout))
	if encrypted.code != exitOK || err != nil || len(raw) != key.Size() {
		t.Errorf("%+v: %v", encrypted, err)
	}
	if long := darajabox(t, "certificate", "--encrypt", strings.Repeat("x", 246)); long.code == exitOK || !strings.Contains(long.stderr, "1 to 245") {
		t.Errorf("a password that is too long: %+v", long)
	}
}
