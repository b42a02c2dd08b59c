package iotsim

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// The tariff of every SIM.
const (
	offeringID   = "14205001"
	offeringName = "Speed Governor 300MB + 20SMS"
)

// onSIM does something with the SIM that a call is about. A SIM of another account is an
// answer with status 200 and the words of none.
func onSIM(l *simulator.Locked, x *simulator.Exchange, none string, do func(*sim) (any, error)) (any, error) {
	s := stateOf(l)
	if err := s.checkGroup(x.Text("vpnGroup")); err != nil {
		return nil, err
	}
	one := s.find(x.Text("msisdn"), x.Text("vpnGroup"))
	if one == nil {
		return nil, failed(none, "the account %s has no SIM %s", x.Text("vpnGroup"), x.Text("msisdn"))
	}
	return do(one)
}

// What a call about a SIM of another account is answered with.
const (
	noRecords       = "No records were found"
	operationFailed = "Operation Failed"
)

// allSIMs lists SIMs (reference: IoT SIM).
func allSIMs(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	s, body := stateOf(l), daraja.IoTSIMs{Desc: []daraja.IoTSIM{}}
	groups := groupsOf(x.Text("vpnGroup"))
	every := slices.Contains(groups, "")
	for _, group := range groups {
		if err := s.checkGroup(group); err != nil && group != "" {
			return nil, err
		}
	}
	skip, most := wholeOr(x.Text("startAtInde"), 0), wholeOr(x.Text("pageSize"), maxSIMs)
	for i := range s.sims {
		one := &s.sims[i]
		if !every && !slices.Contains(groups, one.group) {
			continue
		}
		if skip--; skip < 0 && len(body.Desc) < most {
			body.Desc = append(body.Desc, view(l, one))
		}
	}
	return done(l, x, body)
}

// groupsOf are accounts in an array, or a single one.
func groupsOf(text string) []string {
	var groups []string
	if json.Unmarshal([]byte(text), &groups) != nil {
		return []string{text}
	}
	return groups
}

// wholeOr is a number that was checked, or else another one.
func wholeOr(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return otherwise
}

// view is a SIM as the list shows it.
func view(l *simulator.Locked, one *sim) daraja.IoTSIM {
	digits := func(kind, prefix string, most uint64) string {
		return prefix + strconv.FormatUint(most/10+l.SeedDraw("iotsim "+kind, one.msisdn)%(most-most/10), 10)
	}
	v := daraja.IoTSIM{
		LifeCycleStatus: one.status(), ICCID: digits("iccid", "8925401", 1e13), AssetName: one.asset, ActivationDate: "-", ExpiryDate: "2050", IMEI: "-",
		ProductStatus: productStatus(one), IMSI: digits("imsi", "63901", 1e10), MSISDN: one.msisdn, VPNGroup: one.group, ActivationAgent: "-",
	}
	if one.agent != "" {
		v.ActivationAgent = one.agent
		for _, c := range one.changes {
			if c.to == active {
				v.ActivationDate = stamp(c.at)
				break
			}
		}
	}
	return v
}

func productStatus(one *sim) string {
	if one.status() == active {
		return active
	}
	return "Inactive"
}

func lifeCycle(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	return onSIM(l, x, noRecords, func(one *sim) (any, error) {
		code := map[string]string{active: "0", idle: "1", suspended: "2"}[one.status()]
		return done(l, x, daraja.IoTLifeCycle{Desc: "Operation successfull", Status: one.status(), StatusCode: code}) //nolint:misspell // as Safaricom spells it
	})
}

func customer(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	return onSIM(l, x, noRecords, func(one *sim) (any, error) {
		return done(l, x, daraja.IoTCustomer{
			OfferingName: offeringName, OfferingStatus: productStatus(one), SubscriberStatus: one.status(), OfferingID: offeringID, VPNGroup: one.group,
		})
	})
}

func activate(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	return onSIM(l, x, operationFailed, func(one *sim) (any, error) {
		if one.status() != idle {
			return nil, failed(operationFailed, "the SIM is %s, only one that is %s can be activated", one.status(), idle)
		}
		one.change(x.Now, active)
		one.agent = x.Text("username")
		return done(l, x, daraja.IoTActivation{Desc: "Line activated successfully", RequestID: l.RequestID(x), ID: one.msisdn})
	})
}

func rename(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	return onSIM(l, x, operationFailed, func(one *sim) (any, error) {
		one.asset = x.Text("assetName")
		return success(l, x, "Success", "Asset renamed successfully", daraja.IoTRenamed{Result: "Success", Desc: "Operation Successfull"}), nil //nolint:misspell // as Safaricom spells it
	})
}

func suspend(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	return onSIM(l, x, operationFailed, func(one *sim) (any, error) {
		from, to := active, suspended
		if x.Text("operation") == "resume" {
			from, to = to, from
		}
		if one.status() != from {
			return nil, failed(operationFailed, "the SIM is %s, and %s takes one that is %s", one.status(), x.Text("operation"), from)
		}
		one.change(x.Now, to)
		return done(l, x, daraja.IoTSuspended{StatusCode: 0, StatusDesc: "Operation successfully."})
	})
}

// trends counts the SIMs of an account in each state at the end of each day.
func trends(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	s, group := stateOf(l), x.Text("vpnGroup")
	if err := s.checkGroup(group); err != nil {
		return nil, err
	}
	from, _ := time.ParseInLocation(dateForm, x.Text("startDate"), daraja.EAT()) // they were checked
	to, _ := time.ParseInLocation(dateForm, x.Text("stopDate"), daraja.EAT())
	if to.Before(from) || to.After(from.AddDate(1, 0, 0)) {
		return nil, daraja.ErrIoTPayload().Because("stopDate must be startDate or up to a year after it")
	}
	t := daraja.IoTTrend{PooledTrend: []string{}, SuspendedTrend: []string{}, Dates: []string{}, ActiveTrend: []string{}, IdleTrend: []string{}}
	for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
		count := make(map[string]int)
		for i := range s.sims {
			if one := &s.sims[i]; one.group == group {
				count[one.statusAt(day.AddDate(0, 0, 1).Add(-1))]++
			}
		}
		t.Dates = append(t.Dates, day.Format(dateForm))
		t.PooledTrend = append(t.PooledTrend, "0")
		t.SuspendedTrend = append(t.SuspendedTrend, strconv.Itoa(count[suspended]))
		t.ActiveTrend = append(t.ActiveTrend, strconv.Itoa(count[active]))
		t.IdleTrend = append(t.IdleTrend, strconv.Itoa(count[idle]))
	}
	return done(l, x, daraja.IoTTrends{Body: []daraja.IoTTrend{t}})
}
