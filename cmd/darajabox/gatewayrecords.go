package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

type paymentCmd struct {
	List paymentListCmd `cmd:"" help:"List payments, such as those in review."`
	Show paymentShowCmd `cmd:"" help:"Show a payment and everything that happened to it."`
}

type paymentInfo struct {
	ID                               int64 `json:"transaction_id"`
	Partner, State, Phone, Reference string
	Amount                           int64
	AccountReference                 string    `json:"account_reference"`
	Receipt                          string    `json:"mpesa_receipt"`
	ResultCode                       any       `json:"result_code"`
	ResultDesc                       string    `json:"result_desc"`
	ReviewReason                     string    `json:"review_reason"`
	ReviewSince                      time.Time `json:"review_since"`
	Kind                             string    // of an open review; not in lists of payments
	CreatedAt                        time.Time `json:"created_at"`
	DueAt                            time.Time `json:"due_at"`
	Pushes                           []pushInfo
	Callbacks                        []callbackInfo
	CallbacksTotal                   int `json:"callbacks_total"`
	Deliveries                       []deliveryInfo
	Resolutions                      []resolutionInfo
}

type pushInfo struct {
	Number            int
	State, Detail     string
	CheckoutRequestID string    `json:"checkout_request_id"`
	CreatedAt         time.Time `json:"created_at"`
}

type callbackInfo struct {
	ID              int64
	Remote, Verdict string
	ReceivedAt      time.Time `json:"received_at"`
}

type deliveryInfo struct {
	ID                          int64
	PaymentID                   int64 `json:"transaction_id"`
	Partner, URL, State, Reason string
	Attempts                    int
	DueAt                       time.Time     `json:"due_at"`
	Tried                       []attemptInfo // the newest of the attempts
}

type attemptInfo struct {
	Number              int
	At                  time.Time
	Took, Detail, Reply string
	Status              int
}

type resolutionInfo struct {
	Resolved, Receipt, Note, By string
	At                          time.Time
}

// listInfo is a page of a list; a list has one of the three.
type listInfo struct {
	Payments, Reviews []paymentInfo
	Deliveries        []deliveryInfo
	Next              int64
}

type paymentListCmd struct {
	State string `help:"Only this state, such as review." placeholder:"STATE" env:"-"`
	listFlags
	adminFlags
}

func (c *paymentListCmd) Run(e *env) error {
	return callAndPrint(e, c.adminFlags, c.page("payments", "state", c.State), func(w io.Writer, l listInfo) {
		const header = "PAYMENT|STATE|PARTNER|AMOUNT|PHONE|REFERENCE|RECEIPT|CREATED (EAT)|REVIEW"
		printTable(w, c.none("payments", " in state ", c.State), header, l.Payments, func(p paymentInfo) []string {
			return []string{
				fmt.Sprint(p.ID), p.State, p.Partner, shillings(p.Amount * 100), p.Phone, p.Reference, p.Receipt, shortTime(p.CreatedAt), p.ReviewReason,
			}
		})
		printNext(w, l.Next)
	})
}

type paymentShowCmd struct {
	ID string `arg:"" help:"The payment's transaction_id, or its reference at M-PESA such as T3PIRBTGI9N." name:"id"`
	adminFlags
}

func (c *paymentShowCmd) Run(e *env) error {
	return callAndPrint(e, c.adminFlags, get("payments", c.ID), printPayment)
}

func printPayment(w io.Writer, p paymentInfo) {
	result := p.ResultDesc
	if p.ResultCode != nil {
		result = strings.TrimSpace(fmt.Sprintf("%v %s", p.ResultCode, p.ResultDesc))
	}
	printRows(w, [][]string{
		{"payment", fmt.Sprint(p.ID)}, {"state", p.State}, {"partner", p.Partner}, {"amount", shillings(p.Amount * 100)},
		{"phone", p.Phone}, {"reference", p.Reference}, {"at M-PESA", p.AccountReference}, {"receipt", p.Receipt},
		{"result", result}, {"review", p.ReviewReason}, {"kind of review", p.Kind}, {"needs a person since", zonedTime(p.ReviewSince)},
		{"created", zonedTime(p.CreatedAt)}, {"next step", zonedTime(p.DueAt)},
	}...)
	fmt.Fprintln(w)
	printTable(w, "No push was sent.", "PUSH|STATE|CHECKOUT REQUEST|AT (EAT)|DETAIL", p.Pushes, func(s pushInfo) []string {
		return []string{fmt.Sprint(s.Number), s.State, s.CheckoutRequestID, shortTime(s.CreatedAt), s.Detail}
	})
	fmt.Fprintln(w)
	printTable(w, "No callback arrived.", "CALLBACK|VERDICT|FROM|AT (EAT)", p.Callbacks, func(r callbackInfo) []string {
		return []string{fmt.Sprint(r.ID), r.Verdict, r.Remote, shortTime(r.ReceivedAt)}
	})
	if p.CallbacksTotal > len(p.Callbacks) {
		fmt.Fprintf(w, "The newest %d of %d callbacks are listed.\n", len(p.Callbacks), p.CallbacksTotal)
	}
	fmt.Fprintln(w)
	printDeliveries(w, "No webhook.", p.Deliveries)
	if len(p.Resolutions) > 0 {
		fmt.Fprintln(w)
		printTable(w, "", "RESOLVED AS|BY|AT (EAT)|RECEIPT|NOTE", p.Resolutions, func(r resolutionInfo) []string {
			return []string{r.Resolved, r.By, formatTime(r.At, layoutYear), r.Receipt, r.Note}
		})
	}
}

func printDeliveries(w io.Writer, none string, list []deliveryInfo) {
	printTable(w, none, "WEBHOOK|STATE|PARTNER|PAYMENT|ATTEMPTS|NEXT (EAT)|URL|REASON", list, func(d deliveryInfo) []string {
		return []string{
			fmt.Sprint(d.ID), d.State, d.Partner, fmt.Sprint(d.PaymentID), fmt.Sprint(d.Attempts), shortTime(d.DueAt), d.URL, d.Reason,
		}
	})
}

type deliveryCmd struct {
	List   deliveryListCmd   `cmd:"" help:"List webhooks, such as those whose every attempt failed."`
	Show   deliveryShowCmd   `cmd:"" help:"Show a webhook and its attempts."`
	Resend deliveryResendCmd `cmd:"" help:"Send a webhook again."`
}

type deliveryListCmd struct {
	State string `help:"Only this state: due, delivered or exhausted (all attempts failed)." placeholder:"STATE" env:"-"`
	listFlags
	adminFlags
}

func (c *deliveryListCmd) Run(e *env) error {
	return callAndPrint(e, c.adminFlags, c.page("deliveries", "state", c.State), func(w io.Writer, l listInfo) {
		printDeliveries(w, c.none("webhooks", " in state ", c.State), l.Deliveries)
		printNext(w, l.Next)
	})
}

type deliveryFlags struct {
	ID string `arg:"" help:"Number of the webhook." name:"id"`
	adminFlags
}

type deliveryShowCmd struct{ deliveryFlags }

func (c *deliveryShowCmd) Run(e *env) error {
	return callAndPrint(e, c.adminFlags, get("deliveries", c.ID), func(w io.Writer, d deliveryInfo) {
		printDeliveries(w, "", []deliveryInfo{d})
		fmt.Fprintln(w)
		printTable(w, "No attempt yet.", "ATTEMPT|AT (EAT)|TOOK|STATUS|DETAIL|REPLY", d.Tried, func(t attemptInfo) []string {
			return []string{fmt.Sprint(t.Number), shortTime(t.At), t.Took, fmt.Sprint(t.Status), t.Detail, t.Reply}
		})
		if d.Attempts > len(d.Tried) {
			fmt.Fprintf(w, "These are the newest %d of %d attempts.\n", len(d.Tried), d.Attempts)
		}
	})
}

type deliveryResendCmd struct{ deliveryFlags }

func (c *deliveryResendCmd) Run(e *env) error {
	return callAndConfirm(e, c.adminFlags, post(nil, "deliveries", c.ID, "resend"), "webhook "+c.ID+" is sent again")
}

type customerCmd struct {
	Erase customerEraseCmd `cmd:"" help:"Erase a customer's data, as the customer may ask."`
}

// erasedInfo is what was erased as the administration describes it.
type erasedInfo struct {
	Payments      int
	Mentions      int `json:"masked_in_other_payments"`
	Callbacks     int
	Undelivered   keptInfo `json:"undelivered_webhooks"`
	KeptPayments  keptInfo `json:"kept_payments"`
	KeptCallbacks keptInfo `json:"kept_callbacks"`
	LeftInFiles   string   `json:"left_in_files"`
}

// unfinished reports whether the command must be run again; what else is left stays for ever.
func (d erasedInfo) unfinished() bool { return len(d.KeptPayments.IDs) > 0 }

// keptInfo is how many rows of a kind are kept, and why.
type keptInfo struct {
	Count  int
	IDs    []int64 `json:"transaction_ids"` // in place of Count for payments
	Reason string
}

type customerEraseCmd struct {
	Phone phoneNumber `arg:"" help:"The customer's number."`
	adminFlags
}

func (c *customerEraseCmd) Run(e *env) error {
	erase := post(map[string]string{"phone": string(c.Phone)}, "customers", "erase")
	body, erased, err := call[erasedInfo](e, c.adminFlags, erase)
	if err != nil {
		return err
	}
	c.print(e, body, func(w io.Writer) { printErased(w, erased) })
	if erased.unfinished() {
		return errReported
	}
	return nil
}

func printErased(w io.Writer, d erasedInfo) {
	printRows(w, []string{"payments erased", fmt.Sprint(d.Payments)}, []string{"callbacks erased", fmt.Sprint(d.Callbacks)},
		[]string{"mentions masked", fmt.Sprint(d.Mentions)})
	for _, left := range []struct{ what, reason string }{
		{fmt.Sprintf("Not delivered: webhooks, %d", d.Undelivered.Count), d.Undelivered.Reason},
		{"Kept: payments " + strings.Trim(fmt.Sprint(d.KeptPayments.IDs), "[]"), d.KeptPayments.Reason},
		{fmt.Sprintf("Kept: callbacks, %d", d.KeptCallbacks.Count), d.KeptCallbacks.Reason},
	} {
		if left.reason != "" {
			fmt.Fprintf(w, "\n%s (%s)\n", left.what, oneLine(left.reason))
		}
	}
	if d.LeftInFiles != "" {
		fmt.Fprintf(w, "\nLeft in the database's files: %s\n", oneLine(d.LeftInFiles))
	}
}
