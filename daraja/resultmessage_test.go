package daraja

import (
	"testing"
	"time"
)

func TestResultMessageEncode(t *testing.T) {
	m := ResultMessage{
		ResultCode: "TP40153", ResultDesc: "no", OriginatorConversationID: "o", ConversationID: "c", TransactionID: "UKU0000000",
		ReferenceData: ReferenceData{Parameter{Key: "QueueTimeoutURL"}},
	}
	tests := []struct {
		name       string
		parameters *ResultParameters
		want       string
	}{
		{"none", nil, ``},
		{"one object", &ResultParameters{Parameter{"At", TimeNumber(time.Date(2026, 11, 30, 21, 0, 1, 0, time.UTC))}}, `"ResultParameters":{"ResultParameter":{"Key":"At","Value":20261201000001}},`},
		{"a list", &ResultParameters{[]Parameter{{"A", "x/y&z"}, {"B", nil}}}, `"ResultParameters":{"ResultParameter":[{"Key":"A","Value":"x\/y&z"},{"Key":"B"}]},`},
	}
	for _, tt := range tests {
		m.ResultParameters = tt.parameters
		want := `{"Result":{"ResultType":0,"ResultCode":"TP40153","ResultDesc":"no","OriginatorConversationID":"o","ConversationID":"c","TransactionID":"UKU0000000",` +
			tt.want + `"ReferenceData":{"ReferenceItem":{"Key":"QueueTimeoutURL"}}}}`
		if got, err := m.Encode(); err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v\nwant %s", tt.name, got, err, want)
		}
	}
	m.ResultParameters = &ResultParameters{make(chan int)}
	if _, err := m.Encode(); err == nil {
		t.Error("a channel was encoded")
	}
}
