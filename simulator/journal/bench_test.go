package journal_test

import (
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

// pushBody is an STK push of 450 bytes, as clients send it.
func pushBody() []byte {
	const head = `{"BusinessShortCode":"174379","Password":"MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkxOTIwMjYxMTI0MTIwMDAw",` +
		`"Timestamp":"20261124120000","TransactionType":"CustomerPayBillOnline","Amount":"1","PartyA":"254708374149","PartyB":"174379",` +
		`"PhoneNumber":"254708374149","CallBackURL":"https://shop.example/mpesa/callback","AccountReference":"INV-1","TransactionDesc":"`
	return fmt.Appendf(nil, `%s%0*d"}`, head, 450-len(head)-2, 0)
}

func ackBody() []byte {
	return []byte(`{"MerchantRequestID":"29115-34620561-1","CheckoutRequestID":"ws_CO_241120261200000000708374149","ResponseCode":"0","ResponseDescription":"Success. Request accepted for processing","CustomerMessage":"Success. Request accepted for processing"}`)
}

// push is the record of a push, as the HTTP adapter makes it.
func push(at time.Time) journal.Record {
	return journal.Record{
		At: at, Kind: journal.KindRequest, API: stk.APIPush, Payment: "ws_CO_241120261200000000708374149", Phone: "254708374149",
		Reference: "INV-1", Shortcode: "174379", Amount: "1", Method: "POST", URL: "/mpesa/stkpush/v1/processrequest", Status: 200,
		Header: map[string][]string{
			"Authorization": {"Bearer SGWcJPtNtYNPGm6uSYR9yPYrAI3Bm"}, "Content-Type": {"application/json"},
			"Content-Length": {"450"}, "User-Agent": {"Go-http-client/1.1"}, "Accept-Encoding": {"gzip"},
		},
	}
}

func start() time.Time { return time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC) }

// BenchmarkAdd does what recording a request costs.
func BenchmarkAdd(b *testing.B) {
	r := push(start())
	r.Request, r.Response = pushBody(), ackBody()
	j := journal.New(journal.Config{World: "default"})
	b.ReportAllocs()
	for b.Loop() {
		j.Add(r)
	}
}

// BenchmarkAddParallel does so from all processors.
func BenchmarkAddParallel(b *testing.B) {
	r := push(start())
	r.Request, r.Response = pushBody(), ackBody()
	j := journal.New(journal.Config{World: "default"})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			j.Add(r)
		}
	})
}

// BenchmarkBody redacts a body, which is done when a record is read.
func BenchmarkBody(b *testing.B) {
	request := pushBody()
	b.ReportAllocs()
	b.SetBytes(int64(len(request)))
	for b.Loop() {
		journal.RedactBody(request)
	}
}

// BenchmarkKept reports what a record takes in memory, in a full journal.
func BenchmarkKept(b *testing.B) {
	r := push(start())
	r.Request, r.Response = pushBody(), ackBody()
	for b.Loop() {
		before := heap()
		j := journal.New(journal.Config{})
		for range journal.DefaultSize {
			j.Add(r)
		}
		b.ReportMetric(float64(heap()-before)/journal.DefaultSize, "B/record")
		runtime.KeepAlive(j)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func full(b *testing.B) *journal.Journal {
	b.Helper()
	j := journal.New(journal.Config{})
	for i := range journal.DefaultSize {
		r := push(start().Add(time.Duration(i) * time.Millisecond))
		r.Request, r.Response = pushBody(), ackBody()
		j.Add(r)
	}
	return j
}

// BenchmarkFind searches a full journal.
func BenchmarkFind(b *testing.B) {
	j := full(b)
	for name, f := range map[string]journal.Filter{
		"all": {}, "phone": {Match: journal.MatchFields("phone", "254700000000")}, "text": {Text: "No Such Text"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				j.Find(f)
			}
		})
	}
}

// BenchmarkVerify looks for what is not there, which costs the near misses too.
func BenchmarkVerify(b *testing.B) {
	j := full(b)
	m, err := journal.ParseMatch([]byte(`{"kind":"request","phone":"254708374149","body":{"TransactionDesc":"x"}}`))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		j.Verify(m, journal.Exactly(1))
	}
}

// BenchmarkWriteJSONL exports a full journal.
func BenchmarkWriteJSONL(b *testing.B) {
	j := full(b)
	for b.Loop() {
		if err := j.WriteJSONL(io.Discard, journal.Filter{}); err != nil {
			b.Fatal(err)
		}
	}
}
