package iotsim

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// country stands before the number of a SIM in a message.
const country = "254"

// The states of a message. One to a SIM that is not active waits.
const (
	waits = "0"
	sent  = "1"
)

// sendMessage sends an SMS to a SIM (reference: IoT SIM).
func sendMessage(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	return onSIM(l, x, operationFailed, func(one *sim) (any, error) {
		s := stateOf(l)
		s.lastID++
		m := daraja.IoTMessage{
			ID: s.lastID, ReceiptID: -1, SourceAddr: "23122", MSISDN: country + one.msisdn, Message: x.Text("message"), SourceSystem: "sim-portal",
			ProcessingStatus: sent, MessageID: strconv.Itoa(1_837_000_000 + s.lastID), Date: x.Now.In(daraja.EAT()).Format(momentForm), DeliverTime: "-",
			Description: "sent", VPNGroup: one.group,
		}
		if one.status() != active {
			m.ProcessingStatus, m.MessageID, m.Description = waits, "-", "-"
		}
		if len(s.messages) >= maxMessages {
			s.messages = slices.Delete(s.messages, 0, 1)
		}
		s.messages = append(s.messages, m)
		const text = "Message queued successfully."
		return success(l, x, text, text, m), nil
	})
}

// page is the messages that match, newest first, as far as they are on the page of a call.
func page(l *simulator.Locked, x *simulator.Exchange, match func(daraja.IoTMessage) bool) daraja.IoTPage {
	found := []daraja.IoTMessage{}
	for _, m := range slices.Backward(stateOf(l).messages) {
		if match(m) {
			found = append(found, m)
		}
	}
	size, n, total := max(1, wholeOr(x.Text("pageSize"), 10)), max(1, wholeOr(x.Text("pageNo"), 1))-1, len(found)
	first := min(n*size, total)
	found = found[first:min(first+size, total)]
	sort, pages := daraja.IoTSort{Sorted: true}, (total+size-1)/size
	return daraja.IoTPage{
		Content: found, Pageable: daraja.IoTPageable{PageNumber: n, PageSize: size, Sort: sort, Offset: n * size, Paged: true},
		TotalPages: pages, TotalElements: total, Last: n+1 >= pages, Size: size, Number: n, Sort: sort,
		NumberOfElements: len(found), First: n == 0, Empty: len(found) == 0,
	}
}

// searchMessages lists the messages to a SIM. The answer has its keys in an order of its own.
func searchMessages(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	p := page(l, x, func(m daraja.IoTMessage) bool { return m.MSISDN == x.Text("searchValue") })
	sort := daraja.IoTSort{Sorted: true}
	found := daraja.IoTFoundPage{
		Content:    []daraja.IoTFound{},
		Pageable:   daraja.IoTFoundPageable{PageNumber: p.Number, PageSize: p.Size, Sort: sort, Offset: p.Pageable.Offset, Paged: true},
		TotalPages: p.TotalPages, TotalElements: p.TotalElements, Last: p.Last, NumberOfElements: p.NumberOfElements, Size: p.Size, Number: p.Number,
		Sort: sort, First: p.First, Empty: p.Empty,
	}
	for _, m := range p.Content {
		found.Content = append(found.Content, daraja.IoTFound{
			ID: m.ID, RecepitID: m.ReceiptID, SourceAddr: m.SourceAddr, MSISDN: m.MSISDN, Message: m.Message, SourceSystem: m.SourceSystem,
			ProcessingStatus: m.ProcessingStatus, MessageID: m.MessageID, Date: m.Date, DeliverTime: m.DeliverTime, Description: m.Description, VPNGroup: m.VPNGroup,
		})
	}
	return fetched(l, x, found)
}

// filterMessages lists the messages of some time in a state.
func filterMessages(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	at := func(text string) time.Time {
		t, _ := time.ParseInLocation(momentForm, text, daraja.EAT()) // it was checked, or made here
		return t
	}
	from, to := at(x.Text("startDate")), at(x.Text("endDate"))
	return fetched(l, x, page(l, x, func(m daraja.IoTMessage) bool {
		return m.ProcessingStatus == x.Text("status") && !at(m.Date).Before(from) && !at(m.Date).After(to)
	}))
}

func allMessages(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	group := x.Text("vpnGroup")
	if err := stateOf(l).checkGroup(group); err != nil {
		return nil, err
	}
	return fetched(l, x, page(l, x, func(m daraja.IoTMessage) bool { return m.VPNGroup == group }))
}

// deleteMessage deletes the message with an id, or none.
func deleteMessage(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	return deleted(l, x, func(m daraja.IoTMessage) bool { return strconv.Itoa(m.ID) == x.Text("id") })
}

// deleteThread deletes the messages to a SIM.
func deleteThread(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	msisdn := country + strings.TrimPrefix(x.Text("msisdn"), country)
	return deleted(l, x, func(m daraja.IoTMessage) bool { return m.MSISDN == msisdn })
}

func deleted(l *simulator.Locked, x *simulator.Exchange, which func(daraja.IoTMessage) bool) (any, error) {
	s := stateOf(l)
	before := len(s.messages)
	if s.messages = slices.DeleteFunc(s.messages, which); len(s.messages) == before {
		return nil, failed(noRecords, "there is no such message")
	}
	const text = "Message deleted successfully."
	return success(l, x, text, text, nil), nil
}
