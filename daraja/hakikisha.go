package daraja

import (
	"strconv"
	"time"
)

// C2BHakikishaGrant is the query with which Safaricom asks a partner for a token.
const C2BHakikishaGrant = "?grant_type=client_credentials"

// C2BHakikishaToken is a partner's answer to it.
type C2BHakikishaToken struct {
	AccessToken string `json:"access_token"`
}

// C2BHakikishaQuestion is what Safaricom asks a partner: whose account is this?
type C2BHakikishaQuestion struct {
	RequestID     string `json:"requestId"` // a UUID
	Timestamp     string `json:"timestamp"`
	AccountNumber string `json:"accountNumber"`
	Shortcode     string `json:"shortcode"`
}

// C2BHakikishaAnswer is the partner's answer: a name, or why there is none.
type C2BHakikishaAnswer struct {
	RequestID    Text   `json:"requestId"`
	AccountName  string `json:"accountName"`
	ErrorMessage string `json:"errorMessage"`
}

// C2BHakikishaTime prints a time as seconds since 1970, or in ISO 8601.
func C2BHakikishaTime(t time.Time, iso bool) string {
	if iso {
		return t.In(eat).Format(time.RFC3339)
	}
	return strconv.FormatInt(t.Unix(), 10)
}
