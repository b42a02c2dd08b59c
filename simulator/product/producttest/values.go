// Package producttest tests products: the checks that every product passes, and calls of
// operations without HTTP.
package producttest

import (
	"encoding/json"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// Values are fields by name.
type Values = simulator.Values

// ValuesOf are the fields of a message.
func ValuesOf(t testing.TB, message any) Values {
	t.Helper()
	b, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	var v Values
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Credential is the SecurityCredential of a password, for the simulator's certificate.
func Credential(t testing.TB, password string) daraja.Text {
	t.Helper()
	key, err := daraja.ParseCertificate(simulator.CredentialCertificate())
	if err != nil {
		t.Fatal(err)
	}
	credential, err := daraja.SecurityCredential(key, password)
	if err != nil {
		t.Fatal(err)
	}
	return daraja.Text(credential)
}
