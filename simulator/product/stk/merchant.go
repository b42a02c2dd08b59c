package stk

import (
	"encoding/base64"
	"fmt"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// checkPasswordForm takes any base64; checkMerchant checks whether it is the right password.
func checkPasswordForm(name string, v daraja.Text) string {
	const form = "; it must be base64(shortcode + passkey + timestamp)"
	if v == "" {
		return name + " is missing or empty" + form
	}
	if _, err := base64.StdEncoding.DecodeString(string(v)); err != nil {
		return name + " is not base64" + form
	}
	return ""
}

// checkMerchant finds the organisation of a call and checks its password.
func checkMerchant(l *simulator.Locked, x *simulator.Exchange) (simulator.Organisation, error) {
	org, known := l.Organisation(x.Shortcode)
	if !known {
		why := fmt.Sprintf("no organisation here has shortcode %s", x.Shortcode)
		if store := l.Store(x.Shortcode); store != "" {
			why = fmt.Sprintf("%s is a till number; BusinessShortCode takes its store number %s", x.Shortcode, store)
		}
		return org, daraja.ErrNoMerchant().Because("%s", why)
	}
	if org.Passkey == "" {
		return org, daraja.ErrNoMerchant().Because("shortcode %s is one of the sandbox for other products; it cannot push", x.Shortcode)
	}
	if why := daraja.ExplainPassword(x.Text("Password"), x.Shortcode, org.Passkey, x.Text("Timestamp")); why != "" {
		return org, daraja.ErrWrongCredentials().Because("%s", why)
	}
	return org, nil
}
