package main

import (
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
)

// What is public need not be typed: the simulator's till has a known store number and
// passkey. Everything else stays as it was given.
func TestTillFillsInWhatIsPublic(t *testing.T) {
	tests := []struct {
		name        string
		given, want darajaFlags
	}{
		{"the sandbox's paybill, given", darajaFlags{Shortcode: "174379", Till: "174380"}, darajaFlags{Shortcode: "174379", Till: "174380", Passkey: daraja.SandboxPasskey}}, // the gateway refuses it
		{"the sandbox's paybill", darajaFlags{}, darajaFlags{Shortcode: "174379", Passkey: daraja.SandboxPasskey}},
		{"the simulator's till", darajaFlags{Till: "174380"},
			darajaFlags{Shortcode: "174381", Till: "174380", Passkey: daraja.SandboxPasskey}},
		{"the simulator's till and store", darajaFlags{Shortcode: "174381", Till: "174380"},
			darajaFlags{Shortcode: "174381", Till: "174380", Passkey: daraja.SandboxPasskey}},
		{"a passkey of its own", darajaFlags{Shortcode: "174381", Till: "174380", Passkey: "mine"},
			darajaFlags{Shortcode: "174381", Till: "174380", Passkey: "mine"}},
		{"another till", darajaFlags{Shortcode: "600100", Till: "600101"}, darajaFlags{Shortcode: "600100", Till: "600101"}},
		{"another till without its store", darajaFlags{Shortcode: "174379", Till: "600101"},
			darajaFlags{Shortcode: "174379", Till: "600101", Passkey: daraja.SandboxPasskey}}, // the gateway refuses it
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.given
			got.setSandboxDefaults()
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestUpRefusesATillThatIsNotThere(t *testing.T) {
	code, _, stderr := typed(t, "up", "--simulator-addr=0", "--control-addr=0", "--gateway-addr=0", "--admin-addr=0", "--inbox-addr=0", "--till=600101")
	if want := `the simulator has no till "600101"; it has 174380; a scenario file can add one`; code != exitFailed || !strings.Contains(stderr, want) {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

func TestPartnerBesideNoPartnerIsRefused(t *testing.T) {
	code, _, stderr := typed(t, "gateway", "run", "--addr=127.0.0.1:0", "--no-partner", "--partner=duka=dbx_test_duka")
	if code != exitUsage || !strings.Contains(stderr, "--partner (or DARAJABOX_PARTNER)") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	for name, tt := range map[string]struct {
		given partnerFlags
		want  int
	}{"neither": {partnerFlags{}, 1}, "none": {partnerFlags{NoPartner: true}, 0}, "an empty variable": {partnerFlags{Partner: map[string]string{}}, 0}} {
		if got, err := tt.given.partners(); err != nil || len(got) != tt.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// The start says where the money goes, and whom the gateway asks for it.
func TestGatewaySaysForWhomItCollects(t *testing.T) {
	for name, tt := range map[string]struct {
		given darajaFlags
		want  string
	}{
		"a paybill": {darajaFlags{DarajaURL: "https://api.safaricom.co.ke", Shortcode: "600100"}, "daraja   https://api.safaricom.co.ke  collects for paybill 600100\n"},
		"a till":    {darajaFlags{DarajaURL: "http://127.0.0.1:7070", Shortcode: "174381", Till: "174380"}, "daraja   http://127.0.0.1:7070  collects for till 174380, store number 174381\n"},
	} {
		if got := tt.given.receiverLine(); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
