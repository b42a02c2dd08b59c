package simulator_test

import (
	"errors"
	"maps"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

// A field is read under the other names that clients give it, and under the right spelling of a
// misspelt name where the setting says so. What was sent does not change.
func TestNamesOfFields(t *testing.T) {
	read := simulator.Values{}
	product := simulator.Product{Name: "names", Operations: []simulator.Operation{{
		API: "names", Method: "POST", Path: "/names",
		Fields: []simulator.Field{
			{Name: "Initiator", Also: []string{"InitiatorName", "User"}, Check: simulator.Required},
			{Name: "RecieverIdentifierType", Spelt: "ReceiverIdentifierType", Check: simulator.OneOf("4")},
			{Name: "Remarks", Check: simulator.Required},
		},
		Execute: func(_ *simulator.Locked, x *simulator.Exchange) (any, error) {
			read = x.Call.Values
			return "", nil
		},
	}}}
	tests := []struct {
		name, setting string
		sent          simulator.Values
		initiator     daraja.Text
		refused       string // the message
	}{
		{"its own name", "refused", simulator.Values{"Initiator": "a", "RecieverIdentifierType": "4", "Remarks": "x"}, "a", ""},
		{"another name", "refused", simulator.Values{"InitiatorName": "b", "RecieverIdentifierType": "4", "Remarks": "x"}, "b", ""},
		{"a third name, the own one null", "refused", simulator.Values{"Initiator": "", "User": "c", "RecieverIdentifierType": "4", "Remarks": "x"}, "c", ""},
		{"both names", "refused", simulator.Values{"InitiatorName": "b", "Initiator": "a", "RecieverIdentifierType": "4", "Remarks": "x"}, "a", ""},
		{"the right spelling", "refused", simulator.Values{"Initiator": "a", "ReceiverIdentifierType": "4", "Remarks": "x"}, "", "Bad Request - Invalid RecieverIdentifierType"},
		{"the right spelling with a wrong value", "refused", simulator.Values{"Initiator": "a", "ReceiverIdentifierType": "5", "Remarks": "x"}, "", "Bad Request - Invalid RecieverIdentifierType"},
		{"the right spelling after a wrong field", "refused", simulator.Values{"ReceiverIdentifierType": "4", "Remarks": "x"}, "", "Bad Request - Invalid Initiator"},
		{"the right spelling before a wrong field", "refused", simulator.Values{"Initiator": "a", "ReceiverIdentifierType": "4"}, "", "Bad Request - Invalid RecieverIdentifierType"},
		{"the right spelling, accepted", "accepted", simulator.Values{"Initiator": "a", "ReceiverIdentifierType": "4", "Remarks": "x"}, "a", ""},
		{"the right spelling, accepted with a wrong value", "accepted", simulator.Values{"Initiator": "a", "ReceiverIdentifierType": "5", "Remarks": "x"}, "", "Bad Request - Invalid RecieverIdentifierType"},
		{"the misspelt name, accepted", "accepted", simulator.Values{"Initiator": "a", "RecieverIdentifierType": "4", "Remarks": "x"}, "a", ""},
	}
	for _, tt := range tests {
		b := producttest.NewBench(t, product)
		if err := b.ChangeSettings(map[string]string{simulator.SettingMisspeltKeys: tt.setting}); err != nil {
			t.Fatal(err)
		}
		before, refusal := maps.Clone(tt.sent), (*daraja.Error)(nil)
		read = simulator.Values{}
		err := b.Call("names", "", tt.sent).Err
		if errors.As(err, &refusal) {
			if refusal.Message != tt.refused || refusal.Reason == "" {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.refused)
			}
		} else if tt.refused != "" || read["Initiator"] != tt.initiator || read["RecieverIdentifierType"] != "4" {
			t.Errorf("%s: %v, read %v, want %q", tt.name, err, read, tt.refused)
		}
		if !maps.Equal(before, tt.sent) {
			t.Errorf("%s: what was sent is now %v", tt.name, tt.sent)
		}
	}
}
