// Package orginfo is Query Org Info, also called B2B Hakikisha: the name of the organisation
// of a shortcode, before money is sent to it.
package orginfo

import (
	"fmt"
	"strconv"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "orginfo"

// API is the name of the operation in rules, journal and queue.
const API simulator.API = "orginfo"

// Settings.
const (
	SettingSuccess = "orginfo_success"
	SettingProfile = "orginfo_charge_profile"
)

const (
	resultFound    daraja.ResultCode = "4000"
	resultRejected daraja.ResultCode = "1"
	invalid                          = "500"
)

// Product is Query Org Info.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc:  "query org info (B2B Hakikisha): the name of the organisation of a shortcode. The answer of a success is as documented; the form of failures is not verified",
		Operations: []simulator.Operation{{
			API: API, Synonyms: []string{"queryorginfo", "b2bhakikisha", "sfcverify"}, Doc: "the name of an organisation and its tariff",
			Method: "POST", Path: daraja.OrganisationPath, AnswersResult: true,
			Pages: []string{"Query Org Info"}, Confidence: daraja.Medium,
			Fields: fields(), InvalidToken: daraja.ErrServiceToken, InvalidField: invalidField, Envelope: envelope, Execute: execute,
		}},
		Results: []daraja.Result{
			{Code: resultFound, Short: "organisation found", Confidence: daraja.Medium, Text: "Request received successfully", Meaning: "The shortcode has an organisation."},
			{Code: resultRejected, Short: "organisation not found", Confidence: daraja.Low, Text: "Rejecting the request", Meaning: "The shortcode has no organisation of the kind that was asked for."},
		},
		Errors:   []simulator.Refusal{{Error: daraja.ErrServiceToken()}},
		Settings: settings(),
	}
}

func settings() []simulator.Setting {
	return []simulator.Setting{
		{Name: SettingSuccess, Default: "4000", Allowed: []string{"4000", "0"},
			Doc: "ResponseCode of an organisation that is found: the documentation's example has 4000, its table 0"},
		{Name: SettingProfile, Default: "20013", Allowed: []string{"20013", "20129", "20142", "20143", "20144"},
			Doc: "ChargeProfileID of every organisation"},
	}
}

func fields() []simulator.Field {
	return []simulator.Field{
		{Name: "IdentifierType", Check: simulator.OneOf(daraja.IdentifierPaybill, daraja.IdentifierTill), Doc: "4 for a paybill, 2 for a till."},
		{Name: "Identifier", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "The number of the paybill or the till."},
	}
}

func invalidField(field string) daraja.Error {
	return daraja.ErrLookup(400, invalid, "Invalid parameter input: "+field)
}

// execute names the organisation that the world has (reference: query org info).
func execute(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	org, known := organisation(l, x)
	is := resultFound
	if !known {
		is = resultRejected
	}
	code := x.Result(is)
	text := l.AnswerText(x, code)
	if code != resultFound {
		status, _ := strconv.Atoi(string(code))
		if status != 500 {
			status = 200
		}
		return nil, daraja.ErrLookup(status, string(code), text).Because("%s", why(l, x))
	}
	if !known { // it was decided that there is one
		org.Name = "Daraja"
	}
	return daraja.OrganisationAnswer{
		ConversationID: l.RequestID(x), ResponseCode: l.Setting(SettingSuccess), ResponseMessage: "Success", DetailedMessage: text,
		OrganizationShortCode: x.Shortcode, OrganizationName: org.Name, ChargeProfileID: l.Setting(SettingProfile),
	}, nil
}

// organisation finds the one with the paybill or the till.
func organisation(l *simulator.Locked, x *simulator.Exchange) (simulator.Organisation, bool) {
	if x.Text("IdentifierType") == daraja.IdentifierTill {
		return l.Organisation(l.Store(x.Shortcode))
	}
	return l.Organisation(x.Shortcode)
}

// why is why there is no organisation, for a person.
func why(l *simulator.Locked, x *simulator.Exchange) string {
	_, paybill := l.Organisation(x.Shortcode)
	switch {
	case x.Outcome.Result != "":
		return "decided by " + x.Outcome.By
	case x.Text("IdentifierType") == daraja.IdentifierTill && paybill:
		return fmt.Sprintf("%s is a shortcode and no till: IdentifierType is 4", x.Shortcode)
	case l.Store(x.Shortcode) != "":
		return fmt.Sprintf("%s is a till: IdentifierType is 2", x.Shortcode)
	}
	return fmt.Sprintf("no organisation here has the number %s; a scenario file adds one", x.Shortcode)
}

// envelope is an answer without an organisation.
func envelope(_ *simulator.Exchange, e daraja.Error, requestID string) any {
	if e.Status != 200 && e.Code != invalid {
		return nil
	}
	return daraja.OrganisationAnswer{ConversationID: requestID, ResponseCode: e.Code, ResponseMessage: "Failed", DetailedMessage: e.Message}
}
