package c2bhakikisha

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// The jobs of a lookup, which wait for the partner's answers.
const (
	jobToken = "token"
	jobName  = "name"
)

// lookup is a question on its way, and its end. It does not change once a job has it.
type lookup struct {
	partner
	id            string
	phone         daraja.MSISDN
	shortcode     string
	account       string
	name, problem string // of them one is "" at the end
}

// call is a request to the partner. It has no header that names the shortcode.
func (o lookup) call(id, url, authorization string, body []byte) simulator.Callback {
	return simulator.Callback{
		API: API, ID: o.id + "-" + id, Payment: o.id, URL: url, Shortcode: o.shortcode, Phone: o.phone, Reference: o.account, Body: body,
		Header: []simulator.Header{{Name: "Authorization", Value: authorization}, {Name: "BusinessShortCode"}},
	}
}

// askToken asks the partner for an access token (reference: C2B Hakikisha).
func askToken(l *simulator.Locked, o lookup) {
	login := "Basic " + base64.StdEncoding.EncodeToString([]byte(o.key+":"+o.secret))
	l.Ask(o.call("token", o.tokenURL+daraja.C2BHakikishaGrant, login, nil), name, jobToken, l.Duration(SettingTimeout), o)
}

// tokenAnswered asks the partner for the name, with the token that it gave.
func tokenAnswered(l *simulator.Locked, due simulator.Due) {
	o, _ := due.Data.(lookup)
	var token daraja.C2BHakikishaToken
	switch a := due.Answer; {
	case a == nil:
		o.problem = "the business did not answer the request for a token"
	case a.Status/100 != 2:
		o.problem = fmt.Sprintf("the business refused a token with status %d", a.Status)
	case json.Unmarshal(a.Body, &token) != nil || token.AccessToken == "":
		o.problem = "the answer to the request for a token has no access_token"
	default:
		body, err := daraja.Marshal(daraja.C2BHakikishaQuestion{
			RequestID: o.id, Timestamp: daraja.C2BHakikishaTime(l.Now(), l.Setting(SettingTimestamp) == "iso"), AccountNumber: o.account, Shortcode: o.shortcode,
		})
		if err != nil {
			return // strings always encode
		}
		l.Ask(o.call("name", o.nameURL, "Bearer "+token.AccessToken, body), name, jobName, l.Duration(SettingTimeout), o)
		return
	}
	show(l, o)
}

// nameAnswered shows the customer the name.
func nameAnswered(l *simulator.Locked, due simulator.Due) {
	o, _ := due.Data.(lookup)
	var said daraja.C2BHakikishaAnswer
	a := due.Answer
	unreadable := a != nil && json.Unmarshal(a.Body, &said) != nil
	switch {
	case a == nil:
		o.problem = "the business did not answer the request for a name"
	case a.Status/100 != 2 && said.ErrorMessage != "":
		o.problem = said.ErrorMessage
	case a.Status/100 != 2:
		o.problem = fmt.Sprintf("the business refused the name with status %d", a.Status)
	case unreadable || said.AccountName == "":
		o.problem = "the answer of the business has no accountName"
	case string(said.RequestID) != o.id:
		o.problem = "the answer of the business has another requestId"
	default:
		o.name = said.AccountName
	}
	show(l, o)
}

// show puts the end of a lookup on the customer's phone. Its words are the simulator's; what a
// refusal does to the payment is not published, so that the customer may go on.
func show(l *simulator.Locked, o lookup) {
	s := stateOf(l)
	if len(s.seen) >= maxSeen {
		clear(s.seen)
	}
	s.seen[o.phone] = o
	text := fmt.Sprintf("%s, account %s: %s.", o.shortcode, o.account, o.name)
	if o.problem != "" {
		text = fmt.Sprintf("%s, account %s: the name is not known.", o.shortcode, o.account)
	}
	l.SendSMS(o.phone, o.id, text)
}
