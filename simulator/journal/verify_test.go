package journal_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

func TestVerdicts(t *testing.T) {
	j := day()
	for _, c := range []struct {
		match string
		count journal.Count
		ok    bool
		want  string
	}{
		{`{"kind":"callback"}`, journal.AtLeast(1), true, `expected at least 1 callback, found 3`},
		{`{"kind":"request","api":"stkpush"}`, journal.Exactly(2), true, `expected exactly 2 stkpush requests, found 2`},
		{`{"phone":"2547*","status":"4xx"}`, journal.Count{Max: 0}, true, `expected no record with status 4xx for phone 2547*, found 0`},
		{
			`{"kind":"callback","phone":254708374149,"body":{"Body.stkCallback.ResultCode":0}}`, journal.Exactly(1), false,
			`expected exactly 1 callback with body.Body.stkCallback.ResultCode 0 for phone 254708374149, found 0. ` +
				`Nearest: #5 callback 254708374149 INV-1 ws_CO_1: body.Body.stkCallback.ResultCode was 1032 (wanted 0)
  #4 callback 254708374149 INV-1 ws_CO_1: body.Body.stkCallback.ResultCode was 1032 (wanted 0)
  #6 callback 254712345678 ws_CO_2: phone was 254712345678 (wanted 254708374149)`,
		},
		{
			`{"kind":"callback"}`, journal.Count{Min: 1, Max: 2}, false,
			`expected 1 to 2 callbacks, found 3: #4 callback 254708374149 INV-1 ws_CO_1; #5 callback 254708374149 INV-1 ws_CO_1; #6 callback 254712345678 ws_CO_2`,
		},
		{
			`{"kind":"callback","dropped":false,"status":200}`, journal.Exactly(2), false,
			`expected exactly 2 callbacks with status 200 and dropped false, found 1: #4 callback 254708374149 INV-1 ws_CO_1. ` +
				`Nearest: #6 callback 254712345678 ws_CO_2: status was 0 (no answer) (wanted 200)
  #5 callback 254708374149 INV-1 ws_CO_1: status was 0 (no answer) (wanted 200), dropped was true (wanted false)`,
		},
		{
			`{"phone":"254799999999"}`, journal.AtLeast(1), false,
			`expected at least 1 record for phone 254799999999, found 0. ` +
				`Nearest: #7 action 254708374149 ws_CO_1: phone was 254708374149 (wanted 254799999999)
  #6 callback 254712345678 ws_CO_2: phone was 254712345678 (wanted 254799999999)
  #5 callback 254708374149 INV-1 ws_CO_1: phone was 254708374149 (wanted 254799999999)
  #4 callback 254708374149 INV-1 ws_CO_1: phone was 254708374149 (wanted 254799999999)
  #3 stkpush request 0712345678 INV-2: phone was 0712345678 (wanted 254799999999)`,
		},
		{
			`{"kind":"request","copy":2,"url":"x"}`, journal.AtLeast(2), false,
			`expected at least 2 requests with url x and copy 2, found 0. ` +
				`Nearest: #3 stkpush request 0712345678 INV-2: url was /mpesa/stkpush/v1/processrequest (wanted x), copy was 0 (wanted 2)
  #2 stkpush request 254708374149 INV-1 ws_CO_1: url was /mpesa/stkpush/v1/processrequest (wanted x), copy was 0 (wanted 2)
  #1 oauth request GET /oauth/v1/generate?grant_type=client_credentials: url was /oauth/v1/generate?grant_type=client_credentials (wanted x), copy was 0 (wanted 2)`,
		},
		{ // the record of the one that was meant says more than callbacks of others
			`{"kind":"callback","reference":"INV-2"}`, journal.AtLeast(1), false,
			`expected at least 1 callback with reference INV-2, found 0. ` +
				`Nearest: #3 stkpush request 0712345678 INV-2: kind was request (wanted callback)
  #5 callback 254708374149 INV-1 ws_CO_1: reference was INV-1 (wanted INV-2)
  #4 callback 254708374149 INV-1 ws_CO_1: reference was INV-1 (wanted INV-2)
  #6 callback 254712345678 ws_CO_2: reference was empty (wanted INV-2)`,
		},
		{
			`{"kind":"request","error_code":null,"fault":"*","reference":"","url":"/oauth*","by":"x"}`, journal.AtLeast(1), false,
			`expected at least 1 request with an empty reference and no error_code and url /oauth* and by x and any fault, found 0. ` +
				`Nearest: #1 oauth request GET /oauth/v1/generate?grant_type=client_credentials: by was empty (wanted x), fault was empty (wanted anything)
  #2 stkpush request 254708374149 INV-1 ws_CO_1: reference was INV-1 (wanted empty), url was /mpesa/stkpush/v1/processrequest (wanted /oauth*), by was rule 2 of hostile (wanted x)
  #3 stkpush request 0712345678 INV-2: reference was INV-2 (wanted empty), error_code was 400.002.02 (wanted absent), url was /mpesa/stkpush/v1/processrequest (wanted /oauth*), and 2 more`,
		},
	} {
		v := j.Verify(matcher(t, c.match), c.count)
		if v.OK != c.ok || v.Message != c.want {
			t.Errorf("%s %+v is %v\n got %s\nwant %s", c.match, c.count, v.OK, v.Message, c.want)
		}
		if !strings.HasPrefix(v.Message, fmt.Sprintf("expected %s, found %d", v.Expected, v.Found)) {
			t.Errorf("expected %q, found %d, in %q", v.Expected, v.Found, v.Message)
		}
	}
}

func TestVerdictOfAnEmptyJournal(t *testing.T) {
	j := journal.New(journal.Config{})
	v := j.Verify(matcher(t, `{"kind":"callback"}`), journal.Exactly(2))
	b, err := json.Marshal(v)
	want := `{"ok":false,"found":0,"expected":"exactly 2 callbacks","message":"expected exactly 2 callbacks, found 0. The journal is empty","records":[],"near_misses":[]}`
	if err != nil || string(b) != want {
		t.Errorf("%s, %v\nwant %s", b, err, want)
	}
	if v := j.Verify(journal.Match{}, journal.Count{}); !v.OK {
		t.Errorf("none of none is %+v", v)
	}
}

func TestVerdictsAreBounded(t *testing.T) {
	j := journal.New(journal.Config{Size: 50})
	for i := range 60 {
		j.Add(journal.Record{Kind: journal.KindAction, Reason: fmt.Sprint(i + 1), By: strings.Repeat("b", 1_000)})
	}
	v := j.Verify(matcher(t, `{"kind":"action"}`), journal.Exactly(1))
	if len(v.Records) != 10 || v.Records[0].Seq != 51 || v.Records[9].Seq != 60 || v.Found != 50 || len(v.NearMisses) != 0 {
		t.Errorf("%d records from #%d, found %d", len(v.Records), v.Records[0].Seq, v.Found)
	}
	if want := "found 50, the latest: #51 action; "; !strings.Contains(v.Message, want) {
		t.Errorf("%q lacks %q", v.Message, want)
	}
	v = j.Verify(matcher(t, `{"kind":"action","by":"me","reason":"me","method":"GET","status":200,"copy":1}`), journal.Exactly(1))
	if len(v.NearMisses) != 5 || len(v.NearMisses[0].Differs) != 5 || v.NearMisses[0].Record.Seq != 60 {
		t.Errorf("%d near misses from #%d: %+v", len(v.NearMisses), v.NearMisses[0].Record.Seq, v.NearMisses[0].Differs)
	}
	if !strings.Contains(v.Message, "status was 0 (no answer) (wanted 200), method was empty (wanted GET), reason was 60 (wanted me), and 2 more\n") ||
		!strings.HasSuffix(v.Message, "\n10 older records are no longer kept") || len(v.NearMisses[0].Differs[3].Got) > 130 {
		t.Errorf("message %s", v.Message)
	}
}

// finished runs f and tells when it is done.
func finished(f func() journal.Verdict) <-chan journal.Verdict {
	done := make(chan journal.Verdict, 1)
	go func() { done <- f() }()
	return done
}

// looked is a context that signals when its end is waited for.
type looked struct {
	context.Context
	once func()
}

func (l looked) Done() <-chan struct{} {
	l.once()
	return l.Context.Done()
}

// waiting runs a Wait and returns when it has counted what was there.
func waiting(ctx context.Context, j *journal.Journal, m journal.Match, c journal.Count) <-chan journal.Verdict {
	begun := make(chan struct{})
	done := finished(func() journal.Verdict {
		return j.Wait(looked{ctx, sync.OnceFunc(func() { close(begun) })}, m, c)
	})
	<-begun
	return done
}

func TestWait(t *testing.T) {
	callback := journal.Record{Kind: journal.KindCallback}
	m := matcher(t, `{"kind":"callback"}`)
	for name, c := range map[string]struct {
		before int
		count  journal.Count
		found  int
		ok     bool
	}{
		"holds already":       {2, journal.AtLeast(1), 2, true},
		"exactly, already":    {1, journal.Exactly(1), 1, true},
		"too many already":    {3, journal.Exactly(2), 3, false},
		"at most, at once":    {0, journal.Count{Max: 1}, 0, true},
		"at most, too many":   {2, journal.Count{Max: 1}, 2, false},
		"none, at once":       {0, journal.Exactly(0), 0, true},
		"after the next":      {0, journal.AtLeast(1), 1, true},
		"after two more":      {1, journal.Exactly(3), 3, true},
		"a range's lower end": {1, journal.Count{Min: 2, Max: 5}, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			j := journal.New(journal.Config{})
			for range c.before {
				j.Add(callback)
			}
			if c.found == c.before {
				check(t, j.Wait(t.Context(), m, c.count), c.ok, c.found)
				return
			}
			done := waiting(t.Context(), j, m, c.count)
			for range c.found - c.before {
				j.Add(callback)
				j.Add(journal.Record{Kind: journal.KindRequest})
			}
			check(t, <-done, c.ok, c.found)
		})
	}
}

func check(t *testing.T, v journal.Verdict, ok bool, found int) {
	t.Helper()
	if v.OK != ok || v.Found != found || len(v.Records) != found {
		t.Errorf("%v, found %d, %d records, want %v, %d", v.OK, v.Found, len(v.Records), ok, found)
	}
}

// When the time is over, the verdict is of what is there.
func TestWaitEndsWithItsContext(t *testing.T) {
	j := day()
	ctx, cancel := context.WithCancel(t.Context())
	done := waiting(ctx, j, matcher(t, `{"kind":"callback","status":503}`), journal.AtLeast(1))
	cancel()
	if v := <-done; v.OK || v.Found != 0 || len(v.NearMisses) != 3 || !strings.Contains(v.Message, "found 0. Nearest: #4 callback") {
		t.Errorf("%s", v.Message)
	}
	if v := j.Wait(ctx, matcher(t, `{"kind":"callback"}`), journal.AtLeast(3)); !v.OK {
		t.Errorf("what holds already fails when there is no time to wait: %+v", v)
	}
}

// Records that are evicted while it waits were there all the same.
func TestWaitCountsWhatIsEvicted(t *testing.T) {
	j := journal.New(journal.Config{Size: 2})
	m := matcher(t, `{"kind":"callback"}`)
	follower, stop := j.Follow(0)
	defer stop()
	done := finished(func() journal.Verdict { return j.Wait(t.Context(), m, journal.AtLeast(5)) })
	for {
		select {
		case v := <-done:
			if !v.OK || v.Found < 5 || len(v.Records) > 2 {
				t.Errorf("%+v", v)
			}
			return
		default:
			j.Add(journal.Record{Kind: journal.KindCallback})
			<-follower.Changed
		}
	}
}

// After a reset it counts what comes then.
func TestWaitCountsAnewAfterAReset(t *testing.T) {
	for name, turnBack := range map[string]func(j *journal.Journal, empty *journal.Snapshot){
		"reset":   func(j *journal.Journal, _ *journal.Snapshot) { j.Reset() },
		"restore": func(j *journal.Journal, empty *journal.Snapshot) { j.Restore(empty) },
	} {
		t.Run(name, func(t *testing.T) {
			j := journal.New(journal.Config{})
			empty := j.Snapshot()
			x := journal.Record{Reason: "x"}
			j.Add(x)
			j.Add(x)
			done := waiting(t.Context(), j, matcher(t, `{"reason":"x"}`), journal.AtLeast(3))
			turnBack(j, empty)
			j.Add(journal.Record{})
			j.Add(journal.Record{})
			for range 3 {
				j.Add(x)
			}
			check(t, <-done, true, 3)
		})
	}
}

// Many wait for their own record while all are added at once.
func TestManyWait(t *testing.T) {
	j := journal.New(journal.Config{})
	var wg sync.WaitGroup
	for i := range 50 {
		phone := fmt.Sprintf("2547000000%02d", i)
		wg.Go(func() {
			if v := j.Wait(t.Context(), matcher(t, `{"phone":"`+phone+`","kind":"callback"}`), journal.Exactly(1)); !v.OK || v.Records[0].Phone != phone {
				t.Errorf("%+v", v)
			}
		})
		wg.Go(func() {
			j.Add(journal.Record{Kind: journal.KindRequest, API: stk.APIPush, Phone: phone})
			j.Add(journal.Record{Kind: journal.KindCallback, Phone: phone})
		})
	}
	wg.Wait()
}

// numbers are those of the records that a follower reads next.
func numbers(f *journal.Follower, most int) (all []uint64, lost uint64) {
	records, lost := f.Next(most)
	for r := range records {
		all = append(all, r.Seq)
	}
	return all, lost
}

func TestFollow(t *testing.T) {
	j := journal.New(journal.Config{World: "w", Size: 5})
	empty := j.Snapshot()
	add := func(n int) {
		for range n {
			j.Add(journal.Record{URL: "/?token=s3"})
		}
	}
	add(2)
	kept := j.Snapshot()
	follower, stop := j.Follow(1)
	fresh, stopFresh := j.Follow(math.MaxUint64)
	defer stopFresh()
	for _, step := range []struct {
		name string
		do   func()
		want string // numbers that the follower reads, at most four at once, and how many are lost
	}{
		{"after a number", func() {}, "[2] 0"},
		{"nothing new", func() {}, "[] 0"},
		{"added", func() { add(3) }, "[3 4 5] 0"},
		{"more than at once", func() { add(5) }, "[7 8 9 10] 1"},
		{"evicted", func() { add(7) }, "[14 15 16 17] 3"},
		{"reset", func() { j.Reset() }, "[] 0"},
		{"added after the reset", func() { add(2) }, "[1 2] 0"},
		{"restored and added", func() { j.Restore(kept); add(1) }, "[3] 0"},
		{"restored to the start", func() { j.Restore(empty); add(1) }, "[1] 0"},
	} {
		step.do()
		if all, lost := numbers(follower, 4); fmt.Sprint(all, lost) != step.want {
			t.Errorf("%s: %d, %d lost, want %s", step.name, all, lost, step.want)
		}
	}
	<-follower.Changed
	stop()
	add(1)
	select {
	case <-follower.Changed:
		t.Error("a signal after the end")
	default:
	}
	records, _ := fresh.Next(1)
	for r := range records {
		if r.World != "w" || r.URL != "/?token=[redacted]" || r.Seq != 2 {
			t.Errorf("%+v", r)
		}
	}
}
