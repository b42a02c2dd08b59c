package pull

import (
	"fmt"
	"strconv"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const (
	window = 48 * time.Hour // how old a transaction may be
	page   = 1_000          // transactions in an answer; how many Safaricom sends is not known
)

func queryFields() []simulator.Field {
	return []simulator.Field{
		{Name: "ShortCode", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "The paybill, or a till's store number."},
		{Name: "StartDate", Check: date, Doc: "The first second, in Nairobi's time: 2020-08-04 8:36:00."},
		{Name: "EndDate", Check: date, Doc: "The last second, likewise."},
		{Name: "OffSetValue", Check: offset, Doc: "How many transactions are passed over, from 0."},
	}
}

func date(name string, v daraja.Text) string {
	if _, err := parseDate(string(v)); err != nil {
		return fmt.Sprintf("%s is %.40q, it must be as 2020-08-04 8:36:00", name, string(v))
	}
	return ""
}

// parseDate reads a time in Nairobi.
func parseDate(s string) (time.Time, error) {
	return time.ParseInLocation("2006-01-02 15:04:05", s, daraja.EAT())
}

func offset(name string, v daraja.Text) string {
	if _, err := strconv.ParseUint(string(v), 10, 31); err != nil {
		return fmt.Sprintf("%s is %.40q, it must be a number from 0", name, string(v))
	}
	return ""
}

// query finds payments (reference: pull transactions). A shortcode that is not registered has
// none.
func query(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	org, known := l.Organisation(x.Shortcode)
	if !known {
		return nil, daraja.ErrPullField("ShortCode").Because("no organisation here has shortcode %s", x.Shortcode)
	}
	start, _ := parseDate(x.Text("StartDate")) // they were checked
	end, _ := parseDate(x.Text("EndDate"))
	skip, _ := strconv.Atoi(x.Text("OffSetValue"))
	if end.Before(start) {
		return nil, daraja.ErrPullField("EndDate").Because("EndDate is before StartDate")
	}
	var found []daraja.PullTransaction
	if _, registered := stateOf(l).registered[x.Shortcode]; registered {
		found = transactions(l, org, start, end, skip)
	}
	id := l.RequestID(x)
	switch {
	case len(found) > 0:
		return daraja.PullPage{ResponseRefID: id, ResponseCode: daraja.PullFound, ResponseMessage: "Success", Response: [][]daraja.PullTransaction{found}}, nil
	case l.Setting(SettingNone) == "empty":
		return daraja.PullPage{ResponseRefID: id, ResponseCode: daraja.PullNothing, ResponseMessage: daraja.PullNothingText, Response: [][]daraja.PullTransaction{{}}}, nil
	}
	return daraja.PullNone{RequestID: id, ResponseCode: daraja.PullNothing, ResponseMessage: daraja.PullNothingText}, nil
}

// transactions are the payments to an organisation from start to the end of the second end, but
// for those before the window and the first few.
func transactions(l *simulator.Locked, org simulator.Organisation, start, end time.Time, skip int) []daraja.PullTransaction {
	oldest := l.Now().Add(-window)
	var found []daraja.PullTransaction
	for _, t := range l.Transactions() {
		if t.Shortcode() != org.Shortcode || !t.ByCustomer() || t.At.Before(start) || t.At.Before(oldest) || !t.At.Before(end.Add(time.Second)) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if found = append(found, pulled(l, org, t)); len(found) == page {
			break
		}
	}
	return found
}

// pulled is a transaction as an answer has it.
func pulled(l *simulator.Locked, org simulator.Organisation, t *simulator.Transaction) daraja.PullTransaction {
	kind := "c2b-pay-bill-debit"
	if t.Type == simulator.TypeBuyGoods {
		kind = "c2b-buy-goods-debit"
	}
	at := t.At.In(daraja.EAT())
	if l.Setting(SettingDate) == "utc" {
		at = t.At.UTC()
	}
	return daraja.PullTransaction{
		ID: t.Receipt, Date: at.Format("2006-01-02T15:04:05Z07:00"), MSISDN: daraja.NationalNumber(t.Phone()), Sender: "MPESA", Type: kind,
		Reference: t.Reference, Amount: daraja.PullAmount(t.Amount), OrganizationName: org.Name,
	}
}
