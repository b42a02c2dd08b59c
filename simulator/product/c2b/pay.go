package c2b

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// The jobs of a payment.
const (
	jobPay       = "pay"
	jobValidated = "validated"
)

// validationTime is how long a merchant has to answer (reference: C2B replies).
const validationTime = 8 * time.Second

// payment is one on its way. It does not change once a job has it.
type payment struct {
	simulator.Transfer
	result     daraja.ResultCode // that was decided, or ""
	plan       simulator.CallbackPlan
	by         string
	thirdParty string // as the merchant answered to the validation
}

// newPayment is a customer's payment, which its receipt names in the journal.
func newPayment(l *simulator.Locked, from daraja.MSISDN, shortcode string, amount daraja.Money, reference string) payment {
	p := payment{Transfer: l.Payment(from, shortcode, amount)}
	p.API, p.Receipt, p.Reference = APISimulate, l.NewReceipt(from), reference
	p.ID = p.Receipt
	return p
}

func simulateFields() []simulator.Field {
	return []simulator.Field{
		{Name: "ShortCode", Key: simulator.ShortcodeKey, Check: shortcodeOrNone, Doc: "Who is paid: the paybill, or a till's store number; for a till, \"\" is the sandbox's."},
		{Name: "CommandID", Check: simulator.OneOf(daraja.CustomerPayBillOnline, daraja.CustomerBuyGoodsOnline), Doc: "CustomerPayBillOnline, or CustomerBuyGoodsOnline for a till."},
		{Name: "Amount", Also: []string{"amount"}, Key: simulator.AmountKey, Check: simulator.Amount, Doc: "Whole shillings."},
		{Name: "Msisdn", Also: []string{"MSISDN"}, Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "Who pays."},
		{Name: "BillRefNumber", Key: simulator.ReferenceKey, Doc: "The account; a till has none."},
	}
}

// shortcodeOrNone takes a shortcode or nothing, as one client sends it for a till.
func shortcodeOrNone(name string, v daraja.Text) string {
	if v == "" {
		return ""
	}
	return simulator.Shortcode(name, v)
}

// simulate makes a payment as the sandbox does (reference: C2B simulate).
func simulate(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	if err := checkVersion(l, x); err != nil {
		return nil, err
	}
	shortcode := x.Shortcode
	if shortcode == "" {
		if x.Text("CommandID") != daraja.CustomerBuyGoodsOnline {
			return nil, daraja.ErrC2BField("ShortCode").Because("ShortCode is missing or empty; only a payment to a till may leave it out")
		}
		shortcode = simulator.SandboxStore
	}
	if _, known := l.Organisation(shortcode); !known {
		return nil, daraja.ErrC2BUnreachable().Because("no organisation here has shortcode %s", shortcode)
	}
	id := l.RequestID(x)
	p := newPayment(l, x.Phone, shortcode, x.Amount, x.Reference)
	p.plan, p.by, p.result, p.RequestID = x.Outcome.Callback, x.Outcome.By, x.Result(""), id
	x.ID = p.ID
	l.Schedule(name, jobPay, p.Receipt, x.After(0), p)
	return daraja.C2BAck{OriginatorCoversationID: id, ResponseCode: "0", ResponseDescription: "Accept the service request successfully."}, nil
}

// payAction is a customer who pays from the menu of the SIM.
func payAction() simulator.Action {
	return simulator.Action{
		Name: "pay", Doc: "pays a paybill or a store from the customer's phone, without a request of an app",
		Fields: []simulator.Field{
			{Name: "phone", Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "Who pays."},
			{Name: "shortcode", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "Who is paid: the paybill, the till or its store."},
			{Name: "amount", Key: simulator.AmountKey, Check: simulator.Amount, Doc: "Whole shillings."},
			{Name: "reference", Key: simulator.ReferenceKey, Doc: "The account."},
		},
		Run: func(l *simulator.Locked, v simulator.Values) (any, error) {
			phone, shortcode := daraja.MSISDN(v["phone"]), string(v["shortcode"])
			shortcode = cmp.Or(l.Store(shortcode), shortcode)
			if _, known := l.Organisation(shortcode); !known {
				return nil, fmt.Errorf("no organisation here has shortcode %s", shortcode)
			}
			amount, err := daraja.ParseMoney(string(v["amount"]))
			if err != nil {
				return nil, err
			}
			p := newPayment(l, phone, shortcode, amount, string(v["reference"]))
			if l.Customer(phone).Balance < p.Amount+p.Fee {
				return nil, errors.New("the customer has too little money")
			}
			l.Schedule(name, jobPay, p.Receipt, 0, p)
			return map[string]string{"receipt": p.Receipt}, nil
		},
	}
}

// validate asks the merchant whether a payment may be made, or makes it.
func validate(l *simulator.Locked, due simulator.Due) {
	p, _ := due.Data.(payment)
	if p.result != "" && p.result != daraja.ResultSuccess {
		return // it was decided that the payment fails; M-PESA sends the merchant nothing
	}
	u := stateOf(l).urls[p.Shortcode()]
	if u.validation == "" || !l.IsOn(SettingValidation) {
		complete(l, p)
		return
	}
	body := message(l, p, u)
	body.OrgAccountBalance = ""
	if l.Setting(SettingValidationType) == "empty" {
		body.TransactionType = ""
	}
	l.Ask(callback(p, p.Receipt+"-validation", u.validation, body), name, jobValidated, validationTime, p)
}

// validated makes a payment that the merchant accepts. Without an answer the registered
// ResponseType decides.
func validated(l *simulator.Locked, due simulator.Due) {
	p, _ := due.Data.(payment)
	var reply daraja.C2BReply
	answered := due.Answer != nil && due.Answer.Status/100 == 2 && json.Unmarshal(due.Answer.Body, &reply) == nil && reply.ResultCode != ""
	if answered && !reply.Accepts() || !answered && stateOf(l).urls[p.Shortcode()].cancels {
		return
	}
	p.thirdParty = reply.ThirdPartyTransID
	complete(l, p)
}

// complete moves the money and confirms the payment.
func complete(l *simulator.Locked, p payment) {
	made, result := l.Pay(p.Transfer)
	if result != daraja.ResultSuccess {
		return
	}
	p.Transfer = made.Transfer
	confirm(l, p)
}

// confirmOthers confirms a payment by a customer that another product made.
func confirmOthers(l *simulator.Locked, t simulator.Transaction) {
	if t.API != APISimulate && t.ByCustomer() && l.IsOn(SettingOthers) {
		confirm(l, payment{Transfer: t.Transfer})
	}
}

// confirm sends the confirmation, when a URL is registered.
func confirm(l *simulator.Locked, p payment) {
	u := stateOf(l).urls[p.Shortcode()]
	if u.confirmation == "" {
		return
	}
	c := callback(p, p.Receipt+"-confirmation", u.confirmation, message(l, p, u))
	c.Plan = p.plan
	l.Send(c)
}
