package status_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/producttest"
	"github.com/darajabox/darajabox/simulator/product/status"
)

func fields(t testing.TB) producttest.Values {
	t.Helper()
	return producttest.Values{
		"Initiator": simulator.SandboxInitiator, "SecurityCredential": producttest.Credential(t, simulator.SandboxInitiatorPassword),
		"CommandID": daraja.CommandTransactionStatus, "PartyA": daraja.SandboxShortcode, "IdentifierType": "4",
		"ResultURL": "http://localhost/result", "QueueTimeOutURL": "http://localhost/timeout", "Remarks": "x", "Occasion": "",
	}
}

// example asks about a payment of KES 150 by another product.
func example(t *testing.T) producttest.Example {
	t.Helper()
	return producttest.Example{API: status.API, Fields: fields(t), Before: func(t *testing.T, b *producttest.Bench, asked producttest.Values) {
		t.Helper()
		b.Pay(t, daraja.SandboxMSISDN, daraja.SandboxShortcode, 150*daraja.Shilling, "INV-1")
		asked["TransactionID"] = daraja.Text(b.Ledger()[0].Receipt)
	}}
}

func TestProduct(t *testing.T) { producttest.Run(t, status.Product, example(t)) }

func TestCases(t *testing.T) { producttest.Cases(t, status.Product, example(t)) }

// asking is a product that plans transfers and makes them, or not, and that opens prompts, so
// that there is something to ask about.
func asking() simulator.Product {
	return simulator.Product{
		Name: "asking", Results: daraja.Results(),
		Operations: []simulator.Operation{
			{
				API: "payout", Method: "POST", Path: "/payout", StartsPayment: true,
				Fields:  []simulator.Field{{Name: "Amount", Key: simulator.AmountKey}, {Name: "Initiator"}, {Name: "SecurityCredential", Key: simulator.CredentialKey}, {Name: "ResultURL"}},
				Execute: startPayout,
			},
			{
				API: "push", Method: "POST", Path: "/push", StartsPayment: true,
				Fields: []simulator.Field{{Name: "Phone", Key: simulator.PhoneKey}},
				Execute: func(l *simulator.Locked, x *simulator.Exchange) (any, error) {
					l.OpenPrompt(x, simulator.Prompt{
						API: "push", ID: "ws_CO_1", RequestID: "push-1", Phone: x.Phone, Amount: 2 * daraja.Shilling, Shortcode: daraja.SandboxShortcode, Reference: "INV-2",
					}, simulator.Screen{Organisation: "Daraja-Sandbox"}, simulator.PromptResult{})
					return "", nil
				},
				CallbackBody: func(*simulator.Locked, simulator.PromptState, simulator.Faults) []byte { return []byte("{}") },
			},
		},
		Jobs: map[string]simulator.Job{"pay": endPayout},
	}
}

// payout is a conversation and the transfer that it asks for.
type payout struct {
	simulator.Conversation
	simulator.Transfer
}

func startPayout(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	c := l.StartConversation(x, daraja.SandboxShortcode, "Initiator", simulator.RoleB2C, time.Minute)
	from := simulator.OrganisationAccount(daraja.SandboxShortcode, simulator.AccountUtility)
	t := l.NewTransfer(from, simulator.Wallet(daraja.SandboxMSISDN), x.Amount)
	t.Type = "Business Payment to Customer via API"
	l.Schedule("asking", "pay", c.ID, c.Wait, payout{c, l.Plan(c, t)})
	return daraja.NewConversationAck(c.OriginatorConversationID, c.ConversationID), nil
}

func endPayout(l *simulator.Locked, due simulator.Due) {
	p, _ := due.Data.(payout)
	made, code := l.TransferFor(&p.Conversation, p.Transfer)
	m := l.NewResult(p.Conversation, code)
	if made.Receipt != "" {
		m.TransactionID = made.Receipt
	}
	l.SendResult(p.Conversation, m)
}

// bench is a world in which something can be asked about. Its paybill has KES 1,000.
func bench(t *testing.T) *producttest.Bench {
	t.Helper()
	b := producttest.NewBench(t, status.Product(), asking())
	held := 1000 * daraja.Shilling
	err := b.Apply(simulator.Setup{Organisations: []simulator.OrganisationSetup{{Organisation: simulator.Organisation{Shortcode: daraja.SandboxShortcode}, Balance: &held}}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ask is the answer to a query: the result code, and the parameters by key.
func ask(t *testing.T, b *producttest.Bench, by, id string) (daraja.ResultCode, map[string]string) {
	t.Helper()
	asked := fields(t)
	asked[by] = daraja.Text(id)
	if r := b.Call(status.API, "", asked); r.Err != nil {
		t.Fatal(r.Err)
	}
	b.Callbacks = nil
	b.Advance(t, time.Second)
	var message struct {
		Result struct {
			ResultCode       daraja.ResultCode
			ResultParameters struct {
				ResultParameter []struct {
					Key   string
					Value json.RawMessage
				}
			}
		}
	}
	if len(b.Callbacks) != 1 || json.Unmarshal(b.Callbacks[0].Body, &message) != nil {
		t.Fatalf("%+v", b.Callbacks)
	}
	found := make(map[string]string)
	for _, p := range message.Result.ResultParameters.ResultParameter {
		found[p.Key] = strings.Trim(string(p.Value), `"`)
	}
	return message.Result.ResultCode, found
}

// A payout is known while it is being made, when it was made and when it has failed, by each
// of its ids.
func TestPayouts(t *testing.T) {
	for _, tt := range []struct {
		name, amount, status string
	}{
		{"made", "200", daraja.StatusCompleted},
		{"refused for want of money", "999", daraja.StatusDeclined},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := bench(t)
			credential := producttest.Credential(t, simulator.SandboxInitiatorPassword)
			ack, _ := b.Call("payout", "", producttest.Values{
				"Amount": daraja.Text(tt.amount), "Initiator": simulator.SandboxInitiator, "SecurityCredential": credential, "ResultURL": "http://localhost/payout",
			}).Body.(daraja.ConversationAck)
			b.Advance(t, time.Second)
			code, p := ask(t, b, "OriginalConversationID", ack.ConversationID)
			if code != "0" || p["TransactionStatus"] != daraja.StatusInitiated || p["ReceiptNo"] != "" || p["FinalisedTime"] != "" || p["InitiatedTime"] != "20261130120000" {
				t.Errorf("while it is being made: %s %v", code, p)
			}
			b.Advance(t, time.Hour)
			for _, id := range []string{ack.ConversationID, ack.OriginatorConversationID} {
				code, p = ask(t, b, "OriginalConversationID", id)
				if code != "0" || p["TransactionStatus"] != tt.status || p["InitiatedTime"] != "20261130120000" || p["FinalisedTime"] != "20261130120100" ||
					p["OriginatorConversationID"] != ack.OriginatorConversationID || p["ConversationID"] != ack.ConversationID || p["Amount"] != tt.amount+".0" ||
					p["DebitPartyName"] != "174379 - Daraja-Sandbox" || p["CreditPartyName"] != "254708374149 - Jane Wanjiku" || p["DebitAccountType"] != "Utility Account" {
					t.Errorf("by %s: %s %v", id, code, p)
				}
			}
			if paid := b.Ledger(); len(paid) == 1 {
				if code, p = ask(t, b, "TransactionID", paid[0].Receipt); code != "0" || p["ReceiptNo"] != paid[0].Receipt || p["DebitPartyCharges"] != "Fee For B2C Payment|KES|7.00" {
					t.Errorf("by receipt: %s %v", code, p)
				}
			} else if tt.status == daraja.StatusCompleted {
				t.Errorf("the ledger: %v", paid)
			}
		})
	}
}

// A push is known by its MerchantRequestID, and once it is paid by its receipt and by the
// ConversationID that a result has given.
func TestPushes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		result daraja.ResultCode
		status string
	}{
		{"paid", "", daraja.StatusCompleted},
		{"cancelled", daraja.ResultCancelled, daraja.StatusCancelled},
		{"unreachable", daraja.ResultUnreachable, daraja.StatusExpired},
		{"without money", daraja.ResultInsufficient, daraja.StatusDeclined},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := bench(t)
			after := time.Minute
			if _, err := b.Enqueue(simulator.Queued{API: "push", Outcome: simulator.Outcome{Result: tt.result, After: &after}}); err != nil {
				t.Fatal(err)
			}
			b.Call("push", "", producttest.Values{"Phone": daraja.Text(daraja.SandboxMSISDN)})
			if code, p := ask(t, b, "OriginalConversationID", "push-1"); code != "0" || p["TransactionStatus"] != daraja.StatusInitiated {
				t.Errorf("while the prompt is open: %s %v", code, p)
			}
			b.Advance(t, time.Hour)
			code, p := ask(t, b, "OriginalConversationID", "push-1")
			if code != "0" || p["TransactionStatus"] != tt.status || p["ReasonType"] != "Pay Bill Online" || p["InitiatedTime"] != "20261130120000" || p["FinalisedTime"] != "20261130120100" {
				t.Errorf("%s %v", code, p)
			}
			if tt.status != daraja.StatusCompleted {
				return
			}
			for by, id := range map[string]string{"TransactionID": p["ReceiptNo"], "OriginalConversationID": p["ConversationID"]} {
				if code, again := ask(t, b, by, id); code != "0" || again["ReceiptNo"] != b.Ledger()[0].Receipt || again["ConversationID"] != p["ConversationID"] {
					t.Errorf("by %s %s: %s %v", by, id, code, again)
				}
			}
		})
	}
}

// An organisation asks about its own payments only, a till's by the till too.
func TestForeignPayments(t *testing.T) {
	b := bench(t)
	b.Pay(t, daraja.SandboxMSISDN, simulator.SandboxStore, 5*daraja.Shilling, "")
	receipt := b.Ledger()[0].Receipt
	if code, p := ask(t, b, "TransactionID", receipt); code != "2032" || len(p) != 0 {
		t.Errorf("a payment to another organisation: %s %v", code, p)
	}
	if why := b.Callbacks[0].Reason; !strings.Contains(why, "organisation 174379 neither paid") {
		t.Errorf("the reason is %q", why)
	}
	asked := fields(t)
	asked["PartyA"], asked["IdentifierType"], asked["TransactionID"] = simulator.SandboxTill, "2", daraja.Text(receipt)
	b.Callbacks = nil
	b.Call(status.API, "", asked)
	b.Advance(t, time.Second)
	const till = `{"Key":"CreditPartyName","Value":"174381 - Duka la Soko"}`
	if len(b.Callbacks) != 1 || !strings.Contains(string(b.Callbacks[0].Body), till) {
		t.Errorf("by the till: %+v", b.Callbacks)
	}
}

// A snapshot keeps what was planned.
func TestSnapshotKeepsPayouts(t *testing.T) {
	b := bench(t)
	credential := producttest.Credential(t, simulator.SandboxInitiatorPassword)
	ack, _ := b.Call("payout", "", producttest.Values{"Amount": "5", "Initiator": simulator.SandboxInitiator, "SecurityCredential": credential, "ResultURL": "http://localhost/payout"}).Body.(daraja.ConversationAck)
	shot := b.Snapshot()
	b.Reset()
	if code, _ := ask(t, b, "OriginalConversationID", ack.ConversationID); code != "2033" {
		t.Errorf("after the reset: %s", code)
	}
	b.Restore(shot)
	if code, p := ask(t, b, "OriginalConversationID", ack.ConversationID); code != "0" || p["TransactionStatus"] != daraja.StatusInitiated {
		t.Errorf("after the restore: %s %v", code, p)
	}
}
