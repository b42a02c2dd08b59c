package main

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/adminapi"
)

// What people do with payments that wait for them, from a shell.
func TestReviewCommands(t *testing.T) {
	k := keeper{t, startAdministeredWith(t, func(http.ResponseWriter) { panic(http.ErrAbortHandler) })}
	k.run(0, "review list", "No payments that need a person.")
	for _, phone := range []string{"254708374149", "254708374150"} {
		order := `{"phone":"` + phone + `","amount":150,"reference":"INV-1","callback_url":"https://shop.example.com/hook"}`
		if got := k.send(localKey, http.MethodPost, "/api/v1/mpesa/stk_push", order); got != http.StatusGatewayTimeout {
			t.Fatalf("the push: HTTP %d", got)
		}
	}
	if got := k.send(localKey, http.MethodGet, "/api/v1/transactions?status=review", ""); got != http.StatusOK {
		t.Errorf("the partner's list: HTTP %d", got)
	}
	var list struct {
		Reviews []adminapi.Review `json:"reviews"`
		Open    []struct{ Open int }
	}
	if err := json.Unmarshal([]byte(k.run(0, "review list -o json")), &list); err != nil || len(list.Reviews) != 2 || len(list.Open) != 4 || list.Open[2].Open != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	first, second := str(list.Reviews[0].ID), str(list.Reviews[1].ID)
	k.run(0, "review list --kind unknown_push", "unknown_push", "2547XXXXX149", "no CheckoutRequestID", "KES 150")
	k.run(0, "review list --kind settled", "No payments that need a person, of kind settled.")
	k.run(0, "review list --limit 1", "--after "+first)
	k.run(exitUsage, "review list --kind odd", `"odd" is no kind of review; there are contradiction`)
	k.run(0, "review show "+first, "needs a person since", "254708374149", "kind of review", "unknown_push")
	k.run(1, "review list --partner duak", `there is no partner "duak"`)

	markOne, markTwo := list.Reviews[0].Mark, list.Reviews[1].Mark
	k.run(0, "review list", "MARK", markOne, markTwo)
	k.run(0, "review show "+first, "mark of review", markOne)
	one, two := "review resolve "+first+" --seen "+markOne, "review resolve "+second+" --seen "+markTwo
	k.run(exitUsage, one+" --as paid", "--note")
	k.run(exitUsage, one+" --as refunded --note n", "--as")
	k.run(exitUsage, one+" --as paid --note statement", "paid needs the M-PESA receipt that proves it: add --receipt")
	k.run(exitUsage, one+" --as failed --receipt RKTQDM7W6S --note statement", "leave --receipt out with failed")
	k.run(exitUsage, "review resolve "+first+" --as failed --note statement", "set --seen to the mark that 'darajabox gateway review show "+first+"' shows")
	k.run(1, "review resolve "+first+" --seen "+markTwo+" --as failed --note statement", "says something else than the mark", "no CheckoutRequestID",
		"darajabox gateway review resolve "+first+" --as failed --seen "+markOne+" --note TEXT")
	k.run(1, one+" --as is --note statement", "has no result yet (its state is unknown)")
	k.run(0, one+" --as paid --receipt RKTQDM7W6S --note statement --by jane", "payment "+first+" is resolved; its state is paid, and partner local gets a webhook")
	k.run(1, one+" --as failed --note statement", "needs no review any more; it was resolved by a person: paid, by jane")
	k.run(1, two+" --as paid --receipt rktqdm7w6s --note statement", "belongs to payment "+first+" already; check it in M-PESA's statement, and see 'darajabox gateway review show "+first+"'")
	k.run(0, "review resolve "+gateway.DefaultReference(list.Reviews[1].ID)+" --seen "+markTwo+" --as failed --note statement", "its state is failed")
	k.run(1, "review resolve 9999 --seen "+markTwo+" --as failed --note statement", "there is no payment 9999; 'darajabox gateway review list' shows those that need a person")
	k.run(0, "payment show "+first, "RKTQDM7W6S", "RESOLVED AS", "jane", "statement")
	k.run(0, "review list", "No payments that need a person.")
	if o := darajabox(t, "gateway", "audit", "verify", "--data", filepath.Dir(k.gw.AdminTokenFile())); o.code != 0 {
		t.Errorf("the audit: exit %d, %s%s", o.code, o.stdout, o.stderr)
	}
}

func str(n int64) string {
	b, _ := json.Marshal(n)
	return string(b)
}

func TestResultCommands(t *testing.T) {
	k := keeper{t, startAdministered(t)}
	k.run(0, "result list", "No result code is declared.")
	k.run(exitUsage, "result declare 1050 failed", "--note")
	k.run(1, "result declare 1032 failed --note n", "known to the gateway: what it means is built in, and its payments need no declaration")
	k.run(1, "result declare 00 failed --note n", "may be M-PESA's 0", "'darajabox gateway review list' shows the marks", "darajabox gateway review resolve ID --as DECISION --seen MARK --note TEXT")
	k.run(1, "result declare 1050 paid --note n", "only M-PESA's result 0 with a receipt proves that money came")
	k.run(0, "result declare 1050 failed --note n --by jane", "result code 1050 is declared: failed", "failed now: 0")
	k.run(0, "result declare 1050 failed --note n --by jane", "failed now: 0")
	k.run(1, "result declare 1050 pending --note n --by jane", "is declared failed, by jane; to change that, first run: darajabox gateway result forget 1050 --note TEXT")
	if said := k.run(0, "result declare 1050 failed --note n -o json"); !strings.Contains(said, `"code":"1050"`) {
		t.Errorf("in JSON: %s", said)
	}
	k.run(0, "result list", "1050", "failed", "jane")
	k.run(0, "result forget 1050 --note mistake", "is forgotten; payments that it settled stay settled")
	k.run(1, "result forget 1050 --note mistake", "is not declared; 'darajabox gateway result list' shows those that are")
}

func TestReviewWebhookSettings(t *testing.T) {
	k := keeper{t, startAdministered(t)}
	k.run(0, "partner create duka --review-webhooks on")
	k.run(0, "partner list", "REVIEW WEBHOOKS", "on", "off")
	k.run(0, "partner update duka --review-webhooks off", "review webhooks  off")
	k.run(exitUsage, "partner update duka", "--review-webhooks")
	k.run(1, "partner update stall --review-webhooks on", `there is no partner "stall"`)
	k.run(1, "partner update local --review-webhooks on", "comes from the configuration")
	o := darajabox(t, "gateway", "run", "--addr", "127.0.0.1:0", "--partner-reviews", "duka")
	if o.code != exitUsage || !strings.Contains(o.stderr, "is no partner of --partner") {
		t.Errorf("exit %d: %s", o.code, o.stderr)
	}
}

// The code of the examples is one that has to be declared: its payments wait.
func TestExampleOfADeclarationWaits(t *testing.T) {
	found := regexp.MustCompile(`result declare (\S+) failed`).FindAllStringSubmatch(longHelp, -1)
	if len(found) < 2 {
		t.Fatalf("%d examples", len(found))
	}
	for _, example := range found {
		code := daraja.ResultCode(example[1])
		if code.WellFormed() || gateway.PolicyFor(code).Documented {
			t.Errorf("payments with %s fail without a declaration", code)
		}
	}
}
