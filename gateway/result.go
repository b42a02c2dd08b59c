package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// DeclaredOutcome is what a person says of a result code that the gateway does not know.
type DeclaredOutcome string

// Outcomes. No code can be declared a success.
const (
	DeclaredFailed  DeclaredOutcome = "failed"  // no money came
	DeclaredPending DeclaredOutcome = "pending" // not a result: another one follows
)

// DeclaredOutcomes lists every outcome.
func DeclaredOutcomes() []DeclaredOutcome { return []DeclaredOutcome{DeclaredFailed, DeclaredPending} }

// Declaration is a person's word on a result code.
type Declaration struct {
	Code    daraja.ResultCode
	Outcome DeclaredOutcome
	Note    string
	By      string
	At      time.Time
}

// Limits of declarations.
const (
	maxCode = 20 // bytes of a code

	// declareBatch is how many payments are settled in one transaction, and declareMost
	// in one call.
	declareBatch = 20
	declareMost  = 500
)

// policy is PolicyFor, with what people have declared of the codes that it does not
// know. A look-up for an unknown code is rare, so nothing of it is remembered, and all
// replicas agree.
func (g *Gateway) policy(tx Tx, code daraja.ResultCode) (Policy, error) {
	p := PolicyFor(code)
	if p.Documented || code == "" {
		return p, nil
	}
	d, err := tx.Declaration(code)
	if errors.Is(err, ErrNotFound) {
		return p, nil
	}
	if err != nil {
		return Policy{}, fmt.Errorf("looking up result code %q: %w", string(code), err)
	}
	return Policy{Declared: true, Undecided: d.Outcome == DeclaredPending}, nil
}

// policyNow is policy in a transaction of its own, where one is needed.
func (g *Gateway) policyNow(ctx context.Context, code daraja.ResultCode) (p Policy, err error) {
	if p = PolicyFor(code); p.Documented || code == "" {
		return p, nil
	}
	err = g.Store.View(ctx, func(tx Tx) error {
		p, err = g.policy(tx, code)
		return err
	})
	return p, err
}

// Declared says what one call of DeclareResult has done.
type Declared struct {
	Declaration
	Settled int   // payments that failed by it
	Kept    int   // payments with that code that a person must look at: a callback spoke of money
	Next    int64 // where the next call goes on; 0 when nothing more waits
}

// DeclareResult keeps what a code means. When that is a failure, it settles the payments
// that wait with the code and have greater ids than after: declareMost of them at most,
// so that a call takes a bounded time. Payments of which a callback spoke of money are
// left to a person. The same declaration may be made again. The error has CodeInvalid,
// or CodeConflict for a code that is declared otherwise.
func (g *Gateway) DeclareResult(ctx context.Context, d Declaration, after int64) (done Declared, err error) {
	if err := d.check(); err != nil {
		return Declared{}, err
	}
	d.At = g.now()
	salt, err := g.salt()
	if err != nil {
		return Declared{}, err
	}
	err = g.update(ctx, func(tx Tx) error {
		done.Declaration, err = g.declare(tx, d, salt)
		return err
	})
	if err != nil {
		return Declared{}, wrapUnlessTold(err, "declaring result code %q", string(d.Code))
	}
	if d.Outcome == DeclaredFailed {
		err = g.settleDeclared(ctx, &done, after)
	}
	g.Log.Info("result code is declared", "code", string(d.Code), "outcome", string(d.Outcome), "by", d.By, "settled", done.Settled, "kept", done.Kept)
	return done, err
}

func (d *Declaration) check() error {
	switch {
	case d.Outcome == "paid" || d.Outcome == "success" || d.Outcome == "successful":
		return Invalidf("a code can't be declared a success: only M-PESA's result 0 with a receipt proves that money came; resolve single payments as paid, with their receipts")
	case d.Outcome != DeclaredFailed && d.Outcome != DeclaredPending:
		return Invalidf("%.40q is no outcome; there are %s", string(d.Outcome), wordsOf(DeclaredOutcomes()))
	}
	if err := declarable(d.Code); err != nil {
		return err
	}
	return checkPersonsWords(d.Note, d.By)
}

// declarable says why a code can't be declared.
func declarable(code daraja.ResultCode) error {
	if PolicyFor(code).Documented {
		return Invalidf("result code %s is known to the gateway: what it means is built in, and its payments need no declaration", code)
	}
	s := string(code)
	digits, odd := 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', i > 0 && (c == '_' || c == '.' || c == '-'):
		default:
			odd = true
		}
	}
	if odd || digits == 0 || len(s) > maxCode {
		return Invalidf("%.40q does not have the form of a result code: up to %d letters, digits and _ . -, with at least one digit, such as SFC_IC12", s, maxCode)
	}
	if strings.Trim(s, "0.-") == "" || s[0] == '0' {
		return Invalidf("%.40q may be M-PESA's 0, a success, written otherwise, so it can't be declared; look its payments up in M-PESA's statement, and resolve each: 'darajabox gateway review list' shows the marks for darajabox gateway review resolve ID --as DECISION --seen MARK --note TEXT", s)
	}
	return nil
}

// declare writes d down, in the raw log too. The same declaration again changes
// nothing.
func (g *Gateway) declare(tx Tx, d Declaration, salt []byte) (Declaration, error) {
	known, err := tx.Declaration(d.Code)
	switch {
	case err == nil && known.Outcome == d.Outcome:
		return known, nil
	case err == nil:
		return known, &Error{Code: CodeConflict, Message: fmt.Sprintf("result code %s is declared %s, by %s; to change that, first run: darajabox gateway result forget %[1]s --note TEXT", d.Code, known.Outcome, known.By)}
	case !errors.Is(err, ErrNotFound):
		return known, err
	}
	if err := tx.SaveDeclaration(d); err != nil {
		return known, err
	}
	return d, g.logDeclaration(tx, d, string(d.Outcome), salt)
}

// logDeclaration writes an entry about a code into the raw log.
func (g *Gateway) logDeclaration(tx Tx, d Declaration, what string, salt []byte) error {
	body, err := daraja.Marshal(struct {
		Code string `json:"code"`
		What string `json:"declared"`
		Note string `json:"note"`
		By   string `json:"by"`
	}{string(d.Code), what, d.Note, d.By})
	if err != nil {
		return fmt.Errorf("writing the declaration: %w", err)
	}
	c := &Callback{Remote: Administration, Body: body, Salt: salt, ReceivedAt: g.now(),
		Verdict: fmt.Sprintf("%s: %s is %s, by %s", VerdictDeclared, d.Code, what, hideNumbers(d.By))}
	if err := tx.InsertCallback(c); err != nil {
		return fmt.Errorf("writing the declaration into the raw log: %w", err)
	}
	return nil
}

// ForgetResult takes a declaration back. What it has settled stays settled. The error
// has CodeNotFound when the code is not declared, or CodeInvalid.
func (g *Gateway) ForgetResult(ctx context.Context, code daraja.ResultCode, note, by string) error {
	if err := checkPersonsWords(note, by); err != nil {
		return err
	}
	salt, err := g.salt()
	if err != nil {
		return err
	}
	err = g.update(ctx, func(tx Tx) error {
		if err := tx.DeleteDeclaration(code); err != nil {
			if errors.Is(err, ErrNotFound) {
				return &Error{Code: CodeNotFound, Message: fmt.Sprintf("result code %.40q is not declared; 'darajabox gateway result list' shows those that are", string(code))}
			}
			return err
		}
		return g.logDeclaration(tx, Declaration{Code: code, Note: note, By: by}, "forgotten", salt)
	})
	if err != nil {
		return wrapUnlessTold(err, "forgetting result code %q", string(code))
	}
	g.Log.Info("declared result code is forgotten", "code", string(code), "by", by)
	return nil
}

// Declarations lists what people have declared, by code.
func (d Desk) Declarations(ctx context.Context) (all []Declaration, err error) {
	err = d.Store.View(ctx, func(tx Tx) (err error) {
		all, err = tx.Declarations()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing declared result codes: %w", err)
	}
	return all, nil
}

// settleDeclared settles what waits with a code that was declared failed, batch by
// batch.
func (g *Gateway) settleDeclared(ctx context.Context, done *Declared, after int64) error {
	f := PaymentFilter{States: []State{Pending, Unknown, Unresolved}, ResultCode: done.Code, After: after, Limit: declareBatch}
	for range declareMost / declareBatch {
		page, err := g.waiting(ctx, f)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return nil
		}
		f.After = page[len(page)-1].ID
		settled, kept, err := g.settleBatch(ctx, page, done.Declaration)
		if err != nil {
			return err
		}
		done.Settled += settled
		done.Kept += kept
	}
	done.Next = f.After
	return nil
}

func (g *Gateway) waiting(ctx context.Context, f PaymentFilter) (page []*Payment, err error) {
	err = g.Store.View(ctx, func(tx Tx) (err error) {
		page, err = tx.Payments(f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing payments with result code %q: %w", string(f.ResultCode), err)
	}
	return page, nil
}

// settleBatch fails the payments of a page that still wait with the code, in one
// transaction. Their callbacks, of which there may be many, are read before it; those that
// have come since, in it.
func (g *Gateway) settleBatch(ctx context.Context, page []*Payment, d Declaration) (settled, kept int, err error) {
	read := make([]callbacksRead, len(page))
	err = g.Store.View(ctx, func(tx Tx) (err error) {
		for i, p := range page {
			if read[i], err = spokeOfMoney(tx, p, callbacksRead{}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, fmt.Errorf("settling payments with result code %q: %w", string(d.Code), err)
	}
	err = g.update(ctx, func(tx Tx) error {
		settled, kept = 0, 0 // it may run twice
		for i, seen := range page {
			was, money, err := g.settleOne(tx, seen.ID, d, read[i])
			if err != nil {
				return err
			}
			switch {
			case money:
				kept++
			case was:
				settled++
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, fmt.Errorf("settling payments with result code %q: %w", string(d.Code), err)
	}
	return settled, kept, nil
}

// settleOne fails a payment that still waits with the code, unless a callback of it spoke of
// money.
func (g *Gateway) settleOne(tx Tx, id int64, d Declaration, read callbacksRead) (settled, money bool, err error) {
	p, err := tx.Payment(id)
	if err != nil {
		return false, false, fmt.Errorf("reading payment %d: %w", id, err)
	}
	if t, _ := Next(p.State, ResultDeclared); t.Effect == Ignore || p.ResultCode != d.Code {
		return false, false, nil
	}
	said, err := spokeOfMoney(tx, p, read)
	if err != nil || said.money {
		return false, said.money, err
	}
	return true, false, g.apply(tx, p, ResultDeclared, fact{})
}

// callbacksRead is what the callbacks of a payment say that have been read.
type callbacksRead struct {
	last  int64 // id of the last of them
	money bool  // one says that the customer paid, or may have
}

// spokeOfMoney looks whether anything says that the customer paid: a receipt, a callback
// with the details of a payment, or one that can't be read any more. What was read before is
// not read again.
func spokeOfMoney(tx Tx, p *Payment, read callbacksRead) (callbacksRead, error) {
	if read.money || p.Receipt != "" || p.Claimed != "" {
		read.money = true
		return read, nil
	}
	last, err := findCallback(tx, p.ID, read.last, func(c Callback) bool {
		cb := decode(c.Body)
		read.money = VerdictKind(c.Verdict) != VerdictResolved && cb.mayClaimMoney()
		return read.money
	})
	read.last = last
	return read, err
}
