// Package iotsim is IoT SIM Management: the SIMs of machines, their states and the SMS that
// an app sends to them.
package iotsim

import (
	"fmt"
	"strconv"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "iotsim"

// The APIs.
const (
	APIAllSIMs        simulator.API = "iotallsims"
	APILifeCycle      simulator.API = "iotlifecycle"
	APICustomer       simulator.API = "iotcustomer"
	APIActivate       simulator.API = "iotactivate"
	APITrends         simulator.API = "iottrends"
	APIRename         simulator.API = "iotrename"
	APISuspend        simulator.API = "iotsuspend"
	APISearchMessages simulator.API = "iotsearchmessages"
	APIFilterMessages simulator.API = "iotfiltermessages"
	APIAllMessages    simulator.API = "iotallmessages"
	APISendMessage    simulator.API = "iotsendmessage"
	APIDeleteMessage  simulator.API = "iotdeletemessage"
	APIDeleteThread   simulator.API = "iotdeletethread"
)

// Product is IoT SIM Management.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc: "IoT SIM management: the SIMs of machines and the SMS to them. Unverified: the answers are those of the documentation, the form of failures is a guess. " +
			"The account " + Account + " has five SIMs, " + FirstSIM + " and the four numbers after it",
		Operations: []simulator.Operation{
			operation(APIAllSIMs, daraja.IoTAllSIMsPath, "the SIMs of an account", listFields(), allSIMs),
			operation(APILifeCycle, daraja.IoTLifeCyclePath, "the state of a SIM", simFields(), lifeCycle),
			operation(APICustomer, daraja.IoTCustomerPath, "the tariff of a SIM", simFields(), customer),
			operation(APIActivate, daraja.IoTActivatePath, "the activation of a SIM", simFields(), activate),
			operation(APITrends, daraja.IoTTrendsPath, "a count of the SIMs in each state, day by day", trendFields(), trends),
			operation(APIRename, daraja.IoTRenamePath, "a name for a SIM", append(simFields(), text("assetName", "The name.")), rename),
			operation(APISuspend, daraja.IoTSuspendPath, "the suspension of a SIM, or the end of one", suspendFields(), suspend),
			operation(APISearchMessages, daraja.IoTSearchMessagesPath, "the messages to a SIM", append(pageFields(), text("searchValue", "254 and the number of the SIM.")), searchMessages),
			operation(APIFilterMessages, daraja.IoTFilterMessagesPath, "the messages of some time and state", filterFields(), filterMessages),
			operation(APIAllMessages, daraja.IoTAllMessagesPath, "the messages to the SIMs of an account", append(pageFields(), groupField()), allMessages),
			operation(APISendMessage, daraja.IoTSendMessagePath, "a message to a SIM", sendFields(), sendMessage),
			operation(APIDeleteMessage, daraja.IoTDeleteMessagePath, "the deletion of a message", []simulator.Field{{Name: "id", Refusal: payload, Check: number, Doc: "id of the message."}}, deleteMessage),
			operation(APIDeleteThread, daraja.IoTDeleteThreadPath, "the deletion of all messages to a SIM", []simulator.Field{text("msisdn", "254 and the number of the SIM.")}, deleteThread),
		},
		Results:  results(),
		NewState: newState,
		Actions:  []simulator.Action{addAction()},
	}
}

func operation(api simulator.API, path, doc string, fields []simulator.Field, execute func(*simulator.Locked, *simulator.Exchange) (any, error)) simulator.Operation {
	return simulator.Operation{
		API: api, Doc: doc, Method: "POST", Path: path, Fields: fields, Envelope: envelope, AnswersResult: true,
		Pages: []string{"IoT SIM Management"}, Confidence: daraja.Medium,
		InvalidToken: daraja.ErrIoTToken, InvalidField: func(string) daraja.Error { return daraja.ErrIoTPayload() },
		Execute: func(l *simulator.Locked, x *simulator.Exchange) (any, error) {
			code := x.Result(resultDone)
			if code == resultDone {
				return execute(l, x)
			}
			status, err := strconv.Atoi(string(code))
			if err != nil || status < 400 || status > 599 {
				status = 200
			}
			return nil, daraja.ErrLookup(status, string(code), l.AnswerText(x, code)).Because("decided by %s", x.Outcome.By)
		},
	}
}

// resultDone is the result of a call that succeeds, or that finds nothing.
const resultDone daraja.ResultCode = "200"

// results are the HTTP statuses that Safaricom documents.
func results() []daraja.Result {
	failure := func(e daraja.Error, short, meaning string) daraja.Result {
		return daraja.Result{Code: daraja.ResultCode(e.Code), Short: short, Text: e.Message, Meaning: meaning, Confidence: daraja.Low}
	}
	return []daraja.Result{
		{Code: resultDone, Short: "done", Confidence: daraja.Medium, Text: "Success", Meaning: "The SIM or its messages were read or changed."},
		failure(daraja.ErrIoTGroup(), "account of another app", "The account is not the app's."),
		failure(daraja.ErrIoTUser(), "user without permission", "The user may not do this in the account."),
		failure(daraja.ErrIoTNoRecords(), "no such account", "The account does not exist."),
		failure(daraja.ErrIoTPayload(), "request is wrong", "A field is missing or malformed."),
	}
}

// payload is how the refusal of every wrong field names it.
const payload = "EV-FilterMessages"

// text is a field that must not be empty.
func text(name, doc string) simulator.Field {
	return simulator.Field{Name: name, Refusal: payload, Check: simulator.Required, Doc: doc}
}

func groupField() simulator.Field { return text("vpnGroup", "The account, such as "+Account+".") }

func userField() simulator.Field {
	return text("username", "Email address of a user of the account; any is taken.")
}

func simFields() []simulator.Field {
	return []simulator.Field{text("msisdn", "The SIM, such as "+FirstSIM+"."), groupField(), userField()}
}

func listFields() []simulator.Field {
	return []simulator.Field{
		text("vpnGroup", "An array of accounts; an empty one in it is every account."),
		{Name: "startAtInde", Also: []string{"startAtIndex"}, Refusal: payload, Check: optionalNumber, Doc: "How many SIMs to leave out; spelt so in the documentation's example."},
		{Name: "pageSize", Refusal: payload, Check: optionalNumber, Doc: "How many SIMs to list."},
		{Name: "username", Doc: "Email address of a user of the account."},
	}
}

func trendFields() []simulator.Field {
	return []simulator.Field{
		groupField(), {Name: "startDate", Refusal: payload, Check: date, Doc: "The first day, yyyyMMdd."},
		{Name: "stopDate", Refusal: payload, Check: date, Doc: "The last day, yyyyMMdd, at most a year later."}, userField(),
	}
}

func suspendFields() []simulator.Field {
	return append(simFields(), text("product", "offeringId of the tariff."),
		simulator.Field{Name: "operation", Refusal: payload, Check: simulator.OneOf("suspend", "resume"), Doc: "suspend or resume."})
}

func sendFields() []simulator.Field {
	return []simulator.Field{text("msisdn", "The SIM."), {Name: "message", Refusal: payload, Check: message, Doc: "The text, at most 1000 characters."}, groupField()}
}

func filterFields() []simulator.Field {
	return append(pageFields(),
		simulator.Field{Name: "startDate", Refusal: payload, Check: moment, Doc: "From when, dd-MM-yyyy HH:mm:ss."},
		simulator.Field{Name: "endDate", Refusal: payload, Check: moment, Doc: "Until when, dd-MM-yyyy HH:mm:ss."},
		simulator.Field{Name: "status", Refusal: payload, Check: simulator.OneOf("0", "1"), Doc: "0 for messages that wait, 1 for those that were sent."})
}

func pageFields() []simulator.Field {
	return []simulator.Field{
		{Name: "pageNo", Refusal: payload, InQuery: true, Check: optionalNumber, Doc: "Which page, from 1. It stands in the URL's query."},
		{Name: "pageSize", Refusal: payload, InQuery: true, Check: optionalNumber, Doc: "How many messages a page has. It stands in the URL's query."},
	}
}

// Forms of dates on the wire.
const (
	dateForm   = "20060102"
	momentForm = "02-01-2006 15:04:05"
)

func date(name string, v daraja.Text) string { return inForm(name, v, dateForm, "yyyyMMdd") }
func moment(name string, v daraja.Text) string {
	return inForm(name, v, momentForm, "dd-MM-yyyy HH:mm:ss")
}

func inForm(name string, v daraja.Text, form, words string) string {
	if _, err := time.ParseInLocation(form, string(v), daraja.EAT()); err != nil {
		return fmt.Sprintf("%s is %.40q, it must be a time as %s", name, string(v), words)
	}
	return ""
}

// largest bounds numbers in requests.
const largest = 1_000_000

func number(name string, v daraja.Text) string {
	if n, err := strconv.Atoi(string(v)); err != nil || n < 0 || n > largest {
		return fmt.Sprintf("%s is %.40q, it must be a whole number", name, string(v))
	}
	return ""
}

func optionalNumber(name string, v daraja.Text) string {
	if v == "" {
		return ""
	}
	return number(name, v)
}

func message(name string, v daraja.Text) string {
	if v == "" || len(v) > 1000 || v[0] == '[' {
		return fmt.Sprintf("%s must be a text of 1 to 1000 characters, it has %d", name, len(v))
	}
	return ""
}

// success is an answer with a body. Most calls have Success and another text.
func success(l *simulator.Locked, x *simulator.Exchange, response, customer string, body any) daraja.IoTAnswer {
	return daraja.IoTAnswer{Header: header(x, l.RequestID(x), response, customer), Body: body}
}

func header(x *simulator.Exchange, requestID, response, customer string) daraja.ServiceHeader {
	return daraja.ServiceHeader{RequestRefID: requestID, ResponseCode: resultDone, ResponseMessage: response, CustomerMessage: customer, Timestamp: stamp(x.Now)}
}

// failed is an answer with status 200 that says with a text that nothing was done.
func failed(text, why string, args ...any) error {
	return daraja.ErrLookup(200, string(resultDone), text).Because(why, args...)
}

// envelope is the form of an answer of failed.
func envelope(x *simulator.Exchange, e daraja.Error, requestID string) any {
	if e.Status != 200 {
		return nil
	}
	h := header(x, requestID, e.Message, e.Message)
	h.ResponseCode = daraja.ResultCode(e.Code)
	return daraja.IoTAnswer{Header: h}
}

// stamp is a time in Nairobi with nanoseconds and no zone.
func stamp(t time.Time) string { return t.In(daraja.EAT()).Format("2006-01-02T15:04:05.000000000") }

// done is the answer of a call that changed or read a SIM.
func done(l *simulator.Locked, x *simulator.Exchange, body any) (any, error) {
	return success(l, x, "Success", "Operation Successfull", body), nil //nolint:misspell // as Safaricom spells it
}

// fetched is the answer of a call that read messages.
func fetched(l *simulator.Locked, x *simulator.Exchange, body any) (any, error) {
	const text = "Details fetched successfully."
	return success(l, x, text, text, body), nil
}
