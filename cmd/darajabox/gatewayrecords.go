package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

type paymentCmd struct {
	List paymentListCmd `cmd:"" help:"List payments, such as those in review."`
	Show paymentShowCmd `cmd:"" help:"Show a payment and everything that happened to it."`
}

// Help teaches by example.
func (paymentCmd) Help() string {
	return `States: sending, pending, unknown, retrying, resending, confirming, paid, failed, presumed_failed, unresolved, review.

    darajabox gateway payment list --state review
    darajabox gateway payment show 376677660375419
    darajabox gateway payment show T3PIRBTGI9N            # by the reference on the customer's phone`
}

// paymentInfo is a payment as the administration describes it.
type paymentInfo struct {
	ID           int64          `json:"transaction_id"`
	Partner      string         `json:"partner"`
	State        string         `json:"state"`
	Amount       int64          `json:"amount"`
	Phone        string         `json:"phone"`
	Reference    string         `json:"reference"`
	Sent         string         `json:"account_reference"`
	Receipt      string         `json:"mpesa_receipt"`
	ResultCode   any            `json:"result_code"`
	ResultDesc   string         `json:"result_desc"`
	ReviewReason string         `json:"review_reason"`
	ReviewSince  time.Time      `json:"review_since"`
	Kind         string         `json:"kind"` // of an open review; not in lists of payments
	CreatedAt    time.Time      `json:"created_at"`
	UpdatedAt    time.Time      `json:"updated_at"`
	DueAt        time.Time      `json:"due_at"`
	Pushes       []pushInfo     `json:"pushes"`
	Callbacks    []receivedInfo `json:"callbacks"`
	Deliveries   []deliveryInfo `json:"deliveries"`

	Resolutions []resolutionInfo `json:"resolutions"`
}

type pushInfo struct {
	Number            int       `json:"number"`
	State             string    `json:"state"`
	CheckoutRequestID string    `json:"checkout_request_id"`
	Detail            string    `json:"detail"`
	CreatedAt         time.Time `json:"created_at"`
}

type receivedInfo struct {
	ID         int64     `json:"id"`
	Remote     string    `json:"remote"`
	Verdict    string    `json:"verdict"`
	ReceivedAt time.Time `json:"received_at"`
}

// deliveryInfo is a webhook as the administration describes it.
type deliveryInfo struct {
	ID        int64         `json:"id"`
	PaymentID int64         `json:"transaction_id"`
	Partner   string        `json:"partner"`
	URL       string        `json:"url"`
	State     string        `json:"state"`
	Attempts  int           `json:"attempts"`
	Reason    string        `json:"reason"`
	DueAt     time.Time     `json:"due_at"`
	CreatedAt time.Time     `json:"created_at"`
	Tried     []attemptInfo `json:"tried"`
}

type attemptInfo struct {
	Number int       `json:"number"`
	At     time.Time `json:"at"`
	Took   string    `json:"took"`
	Status int       `json:"status"`
	Detail string    `json:"detail"`
	Reply  string    `json:"reply"`
}

type paymentListCmd struct {
	State string `help:"Only this state, such as review." placeholder:"STATE" env:"-"`
	listFlags
	adminFlags
}

// Run lists the payments.
func (c *paymentListCmd) Run(e *env) error {
	type list struct {
		Payments []paymentInfo `json:"payments"`
		Next     int64         `json:"next"`
	}
	ask := call{method: http.MethodGet, path: "/payments", query: c.query(c.State)}
	return do(e, c.adminFlags, ask, func(w io.Writer, l list) {
		var rows [][]string
		for _, p := range l.Payments {
			rows = append(rows, []string{
				fmt.Sprint(p.ID), p.State, p.Partner, shillings(p.Amount * 100), p.Phone, p.Reference, p.Receipt, short(p.CreatedAt), p.ReviewReason,
			})
		}
		header := []string{"PAYMENT", "STATE", "PARTNER", "AMOUNT", "PHONE", "REFERENCE", "RECEIPT", "CREATED (EAT)", "REVIEW"}
		c.printPage(w, none("payments", c.State, c.listFlags), header, rows, l.Next)
	})
}

// none says what an empty list has none of.
func none(what, state string, f listFlags) string {
	text := "No " + what
	if state != "" {
		text += " in state " + state
	}
	if f.Partner != "" {
		text += " of partner " + f.Partner
	}
	if f.After != 0 {
		text += fmt.Sprintf(" after %d", f.After)
	}
	return text + "."
}

// printPage prints a page of a list, what an empty one has none of, and how to see the
// rest.
func (listFlags) printPage(w io.Writer, none string, header []string, rows [][]string, next int64) {
	table(w, none, header, rows)
	if next != 0 {
		fmt.Fprintf(w, "\nThere may be more: repeat the command with --after %d\n", next)
	}
}

type paymentShowCmd struct {
	ID string `arg:"" help:"The payment's transaction_id, or its reference at M-PESA such as T3PIRBTGI9N." name:"id"`
	adminFlags
}

// Run shows the payment.
func (c *paymentShowCmd) Run(e *env) error {
	return do(e, c.adminFlags, get("payments", c.ID), printPayment)
}

func printPayment(w io.Writer, p paymentInfo) {
	result := p.ResultDesc
	if p.ResultCode != nil {
		result = strings.TrimSpace(fmt.Sprintf("%v %s", p.ResultCode, p.ResultDesc))
	}
	aligned(w, [][]string{
		{"payment", fmt.Sprint(p.ID)},
		{"state", p.State},
		{"partner", p.Partner},
		{"amount", shillings(p.Amount * 100)},
		{"phone", p.Phone},
		{"reference", p.Reference},
		{"at M-PESA", p.Sent},
		{"receipt", p.Receipt},
		{"result", result},
		{"review", p.ReviewReason},
		{"kind of review", p.Kind},
		{"needs a person since", zoned(p.ReviewSince)},
		{"created", zoned(p.CreatedAt)},
		{"next step", zoned(p.DueAt)},
	})
	var pushes, callbacks [][]string
	for _, s := range p.Pushes {
		pushes = append(pushes, []string{fmt.Sprint(s.Number), s.State, s.CheckoutRequestID, short(s.CreatedAt), s.Detail})
	}
	for _, r := range p.Callbacks {
		callbacks = append(callbacks, []string{fmt.Sprint(r.ID), r.Verdict, r.Remote, short(r.ReceivedAt)})
	}
	fmt.Fprintln(w)
	table(w, "No push was sent.", []string{"PUSH", "STATE", "CHECKOUT REQUEST", "AT (EAT)", "DETAIL"}, pushes)
	fmt.Fprintln(w)
	table(w, "No callback arrived.", []string{"CALLBACK", "VERDICT", "FROM", "AT (EAT)"}, callbacks)
	fmt.Fprintln(w)
	printDeliveries(w, "No webhook.", p.Deliveries)
	if len(p.Resolutions) > 0 {
		fmt.Fprintln(w)
		printResolutions(w, p.Resolutions)
	}
}

func printDeliveries(w io.Writer, none string, list []deliveryInfo) {
	header, rows := deliveryTable(list)
	table(w, none, header, rows)
}

func deliveryTable(list []deliveryInfo) (header []string, rows [][]string) {
	for _, d := range list {
		rows = append(rows, []string{
			fmt.Sprint(d.ID), d.State, d.Partner, fmt.Sprint(d.PaymentID), fmt.Sprint(d.Attempts), short(d.DueAt), d.URL, d.Reason,
		})
	}
	return []string{"WEBHOOK", "STATE", "PARTNER", "PAYMENT", "ATTEMPTS", "NEXT (EAT)", "URL", "REASON"}, rows
}

type deliveryCmd struct {
	List   deliveryListCmd   `cmd:"" help:"List webhooks, such as those whose every attempt failed."`
	Show   deliveryShowCmd   `cmd:"" help:"Show a webhook and its attempts."`
	Resend deliveryResendCmd `cmd:"" help:"Send a webhook again."`
}

// Help teaches by example.
func (deliveryCmd) Help() string {
	return `States: due, delivered, exhausted.

    darajabox gateway delivery list --state exhausted --partner duka
    darajabox gateway delivery show 376677660998401
    darajabox gateway delivery resend 376677660998401`
}

type deliveryListCmd struct {
	State string `help:"Only this state: due, delivered or exhausted (all attempts failed)." placeholder:"STATE" env:"-"`
	listFlags
	adminFlags
}

// Run lists the webhooks.
func (c *deliveryListCmd) Run(e *env) error {
	type list struct {
		Deliveries []deliveryInfo `json:"deliveries"`
		Next       int64          `json:"next"`
	}
	ask := call{method: http.MethodGet, path: "/deliveries", query: c.query(c.State)}
	return do(e, c.adminFlags, ask, func(w io.Writer, l list) {
		header, rows := deliveryTable(l.Deliveries)
		c.printPage(w, none("webhooks", c.State, c.listFlags), header, rows, l.Next)
	})
}

type deliveryShowCmd struct {
	ID string `arg:"" help:"Number of the webhook." name:"id"`
	adminFlags
}

// Run shows the webhook.
func (c *deliveryShowCmd) Run(e *env) error {
	return do(e, c.adminFlags, get("deliveries", c.ID), func(w io.Writer, d deliveryInfo) {
		printDeliveries(w, "", []deliveryInfo{d})
		var rows [][]string
		for _, t := range d.Tried {
			rows = append(rows, []string{fmt.Sprint(t.Number), short(t.At), t.Took, fmt.Sprint(t.Status), t.Detail, t.Reply})
		}
		fmt.Fprintln(w)
		table(w, "No attempt yet.", []string{"ATTEMPT", "AT (EAT)", "TOOK", "STATUS", "DETAIL", "REPLY"}, rows)
	})
}

type deliveryResendCmd struct {
	ID string `arg:"" help:"Number of the webhook." name:"id"`
	adminFlags
}

// Run sends the webhook again.
func (c *deliveryResendCmd) Run(e *env) error {
	return instruct(e, c.adminFlags, post(nil, "deliveries", c.ID, "resend"), "webhook "+c.ID+" is sent again")
}
