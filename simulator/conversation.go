package simulator

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/ids"
)

// SettingQueueTimeout is how long a conversation may wait for its result.
const SettingQueueTimeout = "queue_timeout"

// Conversation is a request of an initiator that is accepted at once and whose result comes
// later: B2C, an account balance, a reversal. Once it is a job's data it does not change.
type Conversation struct {
	ID                       string // the gateway's, which names the payment in the journal
	OriginatorConversationID string // the app's, where the request has one; else ID
	ConversationID           string
	Shortcode                string // of the organisation

	Wait     time.Duration     // from the request to the result
	Result   daraja.ResultCode // that was decided, or of a wrong initiator, or of one that takes too long; "" for none of them
	desc     string            // "" is that of Result
	callback Callback          // without its body
}

// StartConversation accepts a request of an organisation's initiator whose result takes some
// time, for a role. The field of the initiator's name is given, since products differ in it;
// the result goes to ResultURL, and one that takes too long to QueueTimeOutURL.
func (l *Locked) StartConversation(x *Exchange, shortcode, initiator string, role Role, takes time.Duration) Conversation {
	x.ID = l.RequestID(x)
	c := Conversation{
		ID: x.ID, OriginatorConversationID: x.ID, ConversationID: l.ConversationID(x), Shortcode: shortcode,
		Wait: x.After(takes), Result: x.Outcome.Result, desc: x.Outcome.Desc,
		callback: Callback{
			API: x.API, ID: x.ID, Payment: x.ID, URL: x.Text("ResultURL"), Shortcode: shortcode,
			Phone: x.Phone, Reference: x.Reference, Plan: x.Outcome.Callback, By: x.Outcome.By,
		},
	}
	if own := x.Text("OriginatorConversationID"); own != "" && x.op.hasField("OriginatorConversationID") {
		c.OriginatorConversationID = own
	}
	if c.Result == "" {
		var wrong *InitiatorError
		if errors.As(l.Authenticate(x, shortcode, x.Text(initiator), role), &wrong) {
			c.Result, c.callback.Reason = wrong.Code, wrong.Why
			c.callback.Plan.Drop = c.callback.Plan.Drop || wrong.NoResult
		}
	}
	l.limitWait(x, &c)
	return c
}

// limitWait makes a conversation end at its QueueTimeOutURL when its result takes too long, or
// schedules the message there when the result follows.
func (l *Locked) limitWait(x *Exchange, c *Conversation) {
	limit, how := l.settings.duration(SettingQueueTimeout), x.Outcome.QueueTimeout
	if how == "" && c.Wait <= limit {
		return
	}
	timeout := *c
	timeout.Wait, timeout.Result, timeout.desc, timeout.callback.URL = limit, resultTimedOut, "", x.Text("QueueTimeOutURL")
	timeout.callback.Reason = "the result takes longer than " + SettingQueueTimeout
	if how != TimeoutBefore && (how != "" || !l.IsOn(SettingLateResult)) {
		*c = timeout
		return
	}
	if c.Wait <= limit {
		c.Wait += limit
	}
	timeout.callback.ID += "-timeout" // of two callbacks, this one comes first
	l.world().schedule(queueTimeoutJob(), timeout.ID, limit, timeout)
}

// queueTimeoutJob is the kernel's own job: a message to a QueueTimeOutURL before the result.
func queueTimeoutJob() jobName { return jobName{"", "queue timeout"} }

func sendTimeout(l *Locked, due Due) {
	c, _ := due.Data.(Conversation)
	l.SendResult(c, l.NewResult(c, c.Result))
}

// NewResult is the result of a conversation, without its parameters and of no transaction.
// code is that of one without a Result.
func (l *Locked) NewResult(c Conversation, code daraja.ResultCode) daraja.ResultMessage {
	code = cmp.Or(c.Result, code)
	return daraja.ResultMessage{
		ResultCode: code, ResultDesc: cmp.Or(c.desc, l.ResultText(c.callback.API, code)),
		OriginatorConversationID: c.OriginatorConversationID, ConversationID: c.ConversationID, TransactionID: ids.NoReceipt(l.clock.Now()),
	}
}

// TransferFor makes the transfer of a conversation, unless the conversation has failed. One
// whose success was decided is forced. It returns the transaction, or the code of the result
// of one that is not made; the record of the result then says why.
func (l *Locked) TransferFor(c *Conversation, t Transfer) (Transaction, daraja.ResultCode) {
	if c.Result != "" && c.Result != daraja.ResultSuccess {
		return Transaction{}, c.Result
	}
	t.API, t.ID, t.RequestID, t.ConversationID = c.callback.API, c.ID, c.OriginatorConversationID, c.ConversationID
	t.Forced = c.Result == daraja.ResultSuccess
	done, refused := l.Transfer(t)
	if refused != nil {
		c.Explain("%s", refused)
		return Transaction{}, refused.ResultCode()
	}
	return done, daraja.ResultSuccess
}

// Explain sets what the record of the result says beside the result: why it failed.
func (c *Conversation) Explain(format string, args ...any) {
	c.callback.Reason = fmt.Sprintf(format, args...)
}

// SendResult sends the result of a conversation. A value of a parameter that cannot be JSON
// is a mistake in the product: it panics.
func (l *Locked) SendResult(c Conversation, m daraja.ResultMessage) {
	body, err := m.Encode()
	if err != nil {
		panic("simulator: the result of " + string(c.callback.API) + ": " + err.Error())
	}
	l.endPlanned(c, m)
	c.callback.Body = body
	l.Send(c.callback)
}

// InitiatorResults are the results that each product of an initiator has (reference:
// result-type APIs).
func InitiatorResults() []daraja.Result {
	return []daraja.Result{
		{Code: resultMissingRole, Short: "initiator lacks the role", Confidence: daraja.Medium,
			Text: "The initiator is not allowed to initiate this request", Meaning: "The initiator does not have the role that the API asks for."},
		{Code: "26", Short: "M-PESA is busy", Confidence: daraja.Medium,
			Text: "Traffic blocking condition in place", Meaning: "M-PESA has too much traffic; try later."},
		{Code: resultTimedOut, Short: "timed out in the queue", Confidence: daraja.Low,
			Text: "Transaction has expired", Meaning: "The result took too long. What M-PESA sends to a QueueTimeOutURL is not documented."},
		{Code: resultWrongInitiator, Short: "wrong initiator or credential", Confidence: daraja.High,
			Text: "The initiator information is invalid.", Meaning: "The organisation has no such initiator, or SecurityCredential is wrong."},
		{Code: resultInitiatorLocked, Short: "initiator is locked", Confidence: daraja.High,
			Text: "The security credential is locked.", Meaning: "The initiator is locked after too many wrong credentials."},
		{Code: resultMissingRoleText, Short: "initiator lacks the role", Confidence: daraja.Low,
			Text: "The initiator is not allowed to initiate this request", Meaning: "The initiator lacks the permission or is not in the organisation. The code is a string; Safaricom's text is not known."},
	}
}

// Balances are the accounts of an organisation, in the order in which M-PESA lists them.
func (l *Locked) Balances(shortcode string) []AccountBalance {
	l.world().open(Owner(shortcode))
	var all []AccountBalance
	for _, kind := range OrganisationAccounts() {
		id := OrganisationAccount(shortcode, kind)
		all = append(all, AccountBalance{Account: id, Balance: l.accounts.balance(id)})
	}
	return all
}
