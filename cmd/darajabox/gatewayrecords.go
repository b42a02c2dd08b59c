package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

type paymentCmd struct {
	List paymentListCmd `cmd:"" help:"List payments, such as those that a person must look at."`
	Show paymentShowCmd `cmd:"" help:"Show a payment and everything that happened to it."`
}

// Help teaches by example.
func (paymentCmd) Help() string {
	return `States: sending, pending, unknown, retrying, resending, confirming, paid, failed, presumed_failed, unresolved, review.

    darajabox gateway payment list --state review
    darajabox gateway payment show 102`
}

// paymentInfo is a payment as the administration describes it.
type paymentInfo struct {
	ID           int64          `json:"transaction_id"`
	Partner      string         `json:"partner"`
	State        string         `json:"state"`
	Amount       int64          `json:"amount"`
	Phone        string         `json:"phone"`
	Reference    string         `json:"reference"`
	Receipt      string         `json:"mpesa_receipt"`
	ResultCode   any            `json:"result_code"`
	ResultDesc   string         `json:"result_desc"`
	ReviewReason string         `json:"review_reason"`
	CreatedAt    time.Time      `json:"created_at"`
	UpdatedAt    time.Time      `json:"updated_at"`
	DueAt        time.Time      `json:"due_at"`
	Pushes       []pushInfo     `json:"pushes"`
	Callbacks    []receivedInfo `json:"callbacks"`
	Deliveries   []deliveryInfo `json:"deliveries"`
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
	State string `help:"In this state only, such as review." placeholder:"STATE" env:"-"`
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
				fmt.Sprint(p.ID), p.State, p.Partner, fmt.Sprint(p.Amount), p.Phone, p.Reference, p.Receipt, short(p.CreatedAt), p.ReviewReason,
			})
		}
		table(w, "There is no such payment.", []string{"PAYMENT", "STATE", "PARTNER", "KES", "PHONE", "REFERENCE", "RECEIPT", "CREATED", "REVIEW"}, rows)
		printNext(w, l.Next)
	})
}

// printNext says how to see the rest of a list.
func printNext(w io.Writer, next int64) {
	if next != 0 {
		fmt.Fprintf(w, "\nThere may be more: --after %d\n", next)
	}
}

type paymentShowCmd struct {
	ID string `arg:"" help:"The payment's transaction_id." name:"id"`
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
		{"amount", fmt.Sprintf("KES %d", p.Amount)},
		{"phone", p.Phone},
		{"reference", p.Reference},
		{"receipt", p.Receipt},
		{"result", result},
		{"review", p.ReviewReason},
		{"created", short(p.CreatedAt)},
		{"next step", short(p.DueAt)},
	})
	var pushes, callbacks [][]string
	for _, s := range p.Pushes {
		pushes = append(pushes, []string{fmt.Sprint(s.Number), s.State, s.CheckoutRequestID, short(s.CreatedAt), s.Detail})
	}
	for _, r := range p.Callbacks {
		callbacks = append(callbacks, []string{fmt.Sprint(r.ID), r.Verdict, r.Remote, short(r.ReceivedAt)})
	}
	fmt.Fprintln(w)
	table(w, "It was not pushed.", []string{"PUSH", "STATE", "CHECKOUT REQUEST", "AT", "DETAIL"}, pushes)
	fmt.Fprintln(w)
	table(w, "No callback came.", []string{"CALLBACK", "VERDICT", "FROM", "AT"}, callbacks)
	fmt.Fprintln(w)
	printDeliveries(w, p.Deliveries)
}

func printDeliveries(w io.Writer, list []deliveryInfo) {
	var rows [][]string
	for _, d := range list {
		rows = append(rows, []string{
			fmt.Sprint(d.ID), d.State, d.Partner, fmt.Sprint(d.PaymentID), fmt.Sprint(d.Attempts), short(d.DueAt), d.URL, d.Reason,
		})
	}
	table(w, "There is no such webhook.", []string{"WEBHOOK", "STATE", "PARTNER", "PAYMENT", "ATTEMPTS", "NEXT", "URL", "REASON"}, rows)
}

type deliveryCmd struct {
	List   deliveryListCmd   `cmd:"" help:"List webhooks, such as those that were given up."`
	Show   deliveryShowCmd   `cmd:"" help:"Show a webhook and its attempts."`
	Resend deliveryResendCmd `cmd:"" help:"Send a webhook again."`
}

// Help teaches by example.
func (deliveryCmd) Help() string {
	return `States: due, delivered, exhausted.

    darajabox gateway delivery list --state exhausted --partner duka
    darajabox gateway delivery show 17
    darajabox gateway delivery resend 17`
}

type deliveryListCmd struct {
	State string `help:"In this state only: due, delivered or exhausted." placeholder:"STATE" env:"-"`
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
		printDeliveries(w, l.Deliveries)
		printNext(w, l.Next)
	})
}

type deliveryShowCmd struct {
	ID string `arg:"" help:"Number of the webhook." name:"id"`
	adminFlags
}

// Run shows the webhook.
func (c *deliveryShowCmd) Run(e *env) error {
	return do(e, c.adminFlags, get("deliveries", c.ID), func(w io.Writer, d deliveryInfo) {
		printDeliveries(w, []deliveryInfo{d})
		var rows [][]string
		for _, t := range d.Tried {
			rows = append(rows, []string{fmt.Sprint(t.Number), short(t.At), t.Took, fmt.Sprint(t.Status), t.Detail, t.Reply})
		}
		fmt.Fprintln(w)
		table(w, "It was not tried yet.", []string{"ATTEMPT", "AT", "TOOK", "STATUS", "DETAIL", "REPLY"}, rows)
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
