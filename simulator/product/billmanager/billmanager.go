// Package billmanager is Bill Manager: a biller opts in, sends invoices, and is notified of the
// payments for them.
package billmanager

import (
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "billmanager"

// The APIs.
const (
	APIOptIn     simulator.API = "billoptin"
	APIChange    simulator.API = "billoptinchange"
	APIInvoice   simulator.API = "billinvoice"
	APIInvoices  simulator.API = "billinvoices"
	APIEdit      simulator.API = "billedit"
	APIEdits     simulator.API = "billedits"
	APICancel    simulator.API = "billcancel"
	APICancels   simulator.API = "billcancels"
	APIReconcile simulator.API = "billreconcile"
)

// Settings.
const (
	SettingPaths = "billmanager_paths"
	SettingRetry = "billmanager_retry"
)

// maxBody is room for a thousand invoices.
const maxBody = 1 << 20

// Product is Bill Manager.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc:  "Bill Manager: invoices to customers, and their payments",
		Notes: "`optin` answers with an `app_key`; every other call carries it in a header of that name, or `appKey`. " +
			"A payment for the `accountReference` of an invoice is sent to `callbackurl`: `transactionId`, `paidAmount`, `msisdn`, `dateCreated`, `accountReference`, `shortCode`. " +
			"The biller answers `{\"resmsg\":\"Success\",\"rescode\":\"200\"}`; without `\"rescode\":\"200\"` in the answer the payment is sent again, five times in all.",
		Operations: []simulator.Operation{
			operation(APIOptIn, "a biller's registration, which gives an app_key", optInFields(), optIn, "optin"),
			operation(APIChange, "other details of a biller", optInFields(), changeOptIn, "change-optin-details"),
			operation(APIInvoice, "an invoice to a customer", invoiceFields(), sendInvoices, "single-invoicing"),
			list(operation(APIInvoices, "up to a thousand invoices", invoiceFields(), sendInvoices, "bulk-invoicing")),
			operation(APIEdit, "another text of an invoice", invoiceFields(), editInvoices, "change-invoice", "update/single-invoicing"),
			list(operation(APIEdits, "other texts of invoices", invoiceFields(), editInvoices, "change-invoices")),
			operation(APICancel, "the end of an invoice", cancelFields(), cancelInvoices, "cancel-single-invoice"),
			list(operation(APICancels, "the end of invoices", cancelFields(), cancelInvoices, "cancel-bulk-invoices", "cancel-bulk-invoice")),
			operation(APIReconcile, "the biller's word that it has booked a payment", reconciliationFields(), reconcile, "reconciliation"),
		},
		Errors: []simulator.Refusal{
			{Error: daraja.ErrBillConflict(daraja.BillWrongKey), Pattern: `^[A-Za-z][A-Za-z0-9 ,./-]{1,80}$`},
			{Error: daraja.ErrBillToken()},
		},
		Settings:      settings(),
		NewState:      newState,
		Jobs:          map[string]simulator.Job{jobPush: push, jobPushed: pushed},
		Actions:       []simulator.Action{invoicesAction()},
		OnTransaction: bookPayment,
	}
}

func settings() []simulator.Setting {
	return []simulator.Setting{
		{Name: SettingPaths, Default: "both", Allowed: []string{"both", "documented"},
			Doc: "paths of Bill Manager: with the prefix once, as documented, and twice, as a letter of Safaricom's has it; or the first only"},
		simulator.Setting{Name: SettingRetry, Default: "1m",
			Doc: "time between two tries to notify a biller of a payment, of which there are five; how long Safaricom waits is not known"}.Duration(time.Second, 24*time.Hour),
	}
}

// operation is a call by its paths below the prefix; those after the first are other spellings.
func operation(
	api simulator.API, doc string, fields []simulator.Field, execute func(*simulator.Locked, *simulator.Exchange) (any, error), calls ...string,
) simulator.Operation {
	paths := daraja.BillManagerPaths(calls...)
	return simulator.Operation{
		API: api, Doc: doc, Method: "POST", Path: paths[0], Also: paths[1:], Fields: fields,
		Pages: []string{"Bill Manager"}, Confidence: daraja.Medium,
		InvalidToken: daraja.ErrBillToken, InvalidField: daraja.ErrBillField,
		Envelope: func(_ *simulator.Exchange, e daraja.Error, _ string) any { return daraja.BillManagerBody(e) },
		Execute: func(l *simulator.Locked, x *simulator.Exchange) (any, error) {
			if l.Setting(SettingPaths) == "documented" && x.Call.Path != paths[0] {
				return nil, daraja.ErrNotDeployed().Because("%s is %s; the path is %s", SettingPaths, l.Setting(SettingPaths), paths[0])
			}
			return execute(l, x)
		},
	}
}

// list makes an operation one whose body is an array.
func list(op simulator.Operation) simulator.Operation {
	op.List, op.MaxBody = true, maxBody
	return op
}
