package bundles

import (
	"fmt"
	"strconv"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// offer is a bundle that a number can buy, and the ones inside it.
type offer struct {
	id, account, megabytes, days int
	price                        daraja.Money
	name                         string
	children                     []offer
}

// catalogue are the offers. They are made up.
func catalogue() []offer {
	return []offer{
		{id: 20001, account: 1001, megabytes: 50, days: 1, price: 5 * daraja.Shilling, name: "Daily 50MB"},
		{id: 20002, account: 1002, megabytes: 500, days: 1, price: 50 * daraja.Shilling, name: "Daily 500MB"},
		{id: 20003, account: 1003, megabytes: 2048, days: 7, price: 99 * daraja.Shilling, name: "Weekly 2GB", children: []offer{
			{account: 1101, megabytes: 500, days: 1, price: 20 * daraja.Shilling, name: "Daily Booster 500MB"},
		}},
		{id: 20004, account: 1004, megabytes: 10240, days: 30, price: 1000 * daraja.Shilling, name: "Monthly 10GB"},
	}
}

// offers lists what a number can buy (reference: Mobile Center).
func offers(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	answer := daraja.BundleOffers{
		ID: l.RequestID(x), Desc: "Offers retrieved successfully", Status: "200",
		RelatedSusbscription: []daraja.BundleSubject{{Desc: x.Text("msisdn"), Name: "msisdn"}},
	}
	for _, o := range catalogue() {
		line := daraja.BundleOffer{
			OfferName: o.name, UniqueOfferingID: strconv.Itoa(50_000_000 + o.id), OfferValidity: o.days, ResourceAccID: o.account, ResourceValue: o.megabytes,
			OfferPrice: o.price.Shillings(), OfferUSSDName: o.name, OfferingID: o.id, OfferSource: "DYNAMIC", LocationID: 1, ChildOffers: []daraja.ChildOffer{},
		}
		if stateOf(l).has(x.Phone, o, x.Now) {
			line.Subscribed = 1
		}
		for _, c := range o.children {
			line.ChildOffers = append(line.ChildOffers, daraja.ChildOffer{
				OfferName: c.name, OfferValidity: c.days, ResourceAccID: c.account, ResourceValue: c.megabytes,
				OfferPrice: c.price.Shillings(), OfferUSSDName: c.name, ParentOfferID: o.account,
			})
		}
		answer.LineItem.CharacteristicsValue = append(answer.LineItem.CharacteristicsValue, line)
	}
	return answer, nil
}

// purchase sells a bundle for airtime.
func purchase(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	s := stateOf(l)
	o, is, why := s.check(x)
	code := x.Result(is)
	text := l.AnswerText(x, code)
	if x.Outcome.Result != "" {
		why = "decided by " + x.Outcome.By
	}
	if code != resultBought {
		return nil, daraja.ErrLookup(400, string(code), text).Because("%s", why)
	}
	id := l.RequestID(x)
	if is == resultBought { // a success that is only said sells nothing
		s.sell(x, o, id)
	}
	header := serviceHeader(x, id, daraja.ResultCode(l.Setting(SettingSuccess)), text)
	header.ResponseMessage = "operation successful"
	return daraja.BundlePurchase{Header: header}, nil
}

// check is how a purchase ends, and why when it fails.
func (s *state) check(x *simulator.Exchange) (o offer, code daraja.ResultCode, why string) {
	for _, o = range catalogue() {
		if strconv.Itoa(o.id) != x.Text("offeringId") {
			continue
		}
		airtime := s.airtimeOf(x.Phone)
		switch want := fmt.Sprintf("accountId %d, price %d, resourceAmount %d, validity %d", o.account, o.price.Shillings(), o.megabytes, o.days); {
		case s.find(x.Text("transactionId")) != nil:
			return o, resultDuplicate, "there is a purchase with this transactionId already"
		case want != fmt.Sprintf("accountId %s, price %s, resourceAmount %s, validity %s", x.Text("accountId"), x.Text("price"), x.Text("resourceAmount"), x.Text("validity")):
			return o, resultNoOffer, fmt.Sprintf("the offer %d has %s", o.id, want)
		case s.full(x.Phone) != "":
			return o, resultInsufficient, s.full(x.Phone)
		case airtime < o.price:
			return o, resultInsufficient, fmt.Sprintf("the number has airtime of KES %s; darajabox product do bundles topup adds some", airtime)
		}
		return o, resultBought, ""
	}
	return o, resultNoOffer, "no offer here has the offeringId; " + daraja.BundleOffersPath + " lists them"
}

// status answers whether there was a purchase.
func status(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	is, answer := resultUnknown, daraja.BundleStatus{ResponseID: x.Text("id"), ResponseCreated: milliseconds(x.Now)}
	if sold := stateOf(l).find(x.Text("id")); sold != nil {
		is, answer = resultKnown, daraja.BundleStatus{ResponseID: sold.requestID, ResponseCreated: milliseconds(sold.at)}
	}
	code := x.Result(is)
	answer.ResponseStatus, answer.ResponseDesc = string(code), l.AnswerText(x, code)
	return answer, nil
}

// envelope is the form of a purchase that fails.
func envelope(x *simulator.Exchange, e daraja.Error, requestID string) any {
	if len(e.Code) > len("404") {
		return nil
	}
	return daraja.BundlePurchase{Header: serviceHeader(x, requestID, daraja.ResultCode(e.Code), e.Message)}
}

func serviceHeader(x *simulator.Exchange, requestID string, code daraja.ResultCode, text string) daraja.ServiceHeader {
	return daraja.ServiceHeader{
		RequestRefID: requestID, ResponseCode: code, ResponseMessage: text, CustomerMessage: text,
		Timestamp: x.Now.In(daraja.EAT()).Format("2006-01-02T15:04:05.000000"),
	}
}
