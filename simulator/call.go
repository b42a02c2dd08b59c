package simulator

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/ids"
)

type stream = ids.Stream

// HandleCall answers a call of an API: it decides the outcome, executes the call unless the
// outcome refuses it, and settles how it is answered. The error of the response is a
// *daraja.Error.
func (w *World) HandleCall(api API, c Call) Response {
	op := w.catalogue.operations[api]
	if op == nil {
		return Response{Err: daraja.ErrNotFound().Because("no product here has the API %.40q", string(api))}
	}
	sent := c.Values
	c.Values = op.rename(sent)
	x, about := newExchange(op, &c)
	x.respelt = op.respelt(sent)
	fieldErr := x.fieldError(daraja.URLAny, true)
	if i := op.credentialField; i >= 0 && fieldErr == nil {
		x.credential = w.credentials.decrypt(x.Text(op.Fields[i].Name))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	x.Now = w.clock.Now()
	w.decideOutcome(x)
	var r Response
	if !x.reply.Refuses() || x.reply.Accepted {
		r.Body, r.Err = w.checkAndExecute(x, fieldErr)
		w.endBeforeAck(x)
	}
	w.settleReply(x, &r)
	r.Envelope = x.envelope(r.Err)
	about.Payment = cmp.Or(x.ID, about.Payment)
	r.Reply, r.Token, r.About = x.reply, x.Token, about
	return r
}

// newExchange reads the fields of a call, and what they say for the record.
func newExchange(op *operation, c *Call) (*Exchange, About) {
	if op.List {
		c.readList()
	}
	x := &Exchange{Call: c, op: op, Request: Request{API: op.API, Header: c.Header, Body: c.Body}}
	about := c.Values.About(op.Fields)
	x.Phone = readPhone(about.Phone)
	x.Amount, _ = daraja.ParseMoney(about.Amount) // 0 where it cannot be read
	x.Reference, x.Shortcode, x.Payment = about.Reference, about.Shortcode, about.Payment
	if op.Identify != nil {
		op.Identify(*c, &x.Request)
	}
	x.stream = x.newStream()
	return x, about
}

// readList gives an operation with a List its objects: a caller that has one may give its fields
// instead.
func (c *Call) readList() {
	if len(c.List) == 0 && c.Values != nil {
		c.List = []Values{c.Values}
	}
	if len(c.List) > 0 {
		c.Values = c.List[0]
	}
}

// newStream is what the identifiers and draws of the call come from: what it is about,
// or else its body.
func (x *Exchange) newStream() stream {
	api := string(x.API)
	switch {
	case x.Payment != "":
		return ids.NewStream(api, x.Payment)
	case x.Phone != "":
		return ids.NewStream(api, x.Phone)
	case x.op.NoToken:
		return ids.NewStream(api, x.ConsumerKey)
	}
	return ids.NewStream(api, x.Call.Body)
}

// About is what fields say, for the record.
func (values Values) About(fields []Field) About {
	var a About
	for _, f := range fields {
		v := string(values[f.Name])
		switch f.Key {
		case PhoneKey:
			a.Phone = v
		case AmountKey:
			a.Amount = v
		case ReferenceKey:
			a.Reference = v
		case ShortcodeKey:
			a.Shortcode = v
		case PaymentKey:
			a.Payment = v
		case NoKey, CredentialKey:
		}
	}
	return a
}

// fieldError is the refusal of the first field that is wrong, or nil. respelt takes fields
// that were sent under the right spelling of a misspelt name.
func (x *Exchange) fieldError(urls daraja.URLRules, respelt bool) error {
	if !x.op.List {
		refused := x.respelt
		if respelt {
			refused = nil
		}
		if err := x.op.fieldError(x.Call.Values, urls, refused); err != nil {
			return err
		}
		return nil
	}
	for i, one := range x.Call.List {
		if err := x.op.fieldError(one, urls, nil); err != nil {
			err.Reason = fmt.Sprintf("object %d: %s", i+1, err.Reason)
			return err
		}
	}
	return nil
}

// fieldError is the refusal of the first field of an object that is wrong, or whose name is
// refused, or nil.
func (op *operation) fieldError(values Values, urls daraja.URLRules, refused []string) *daraja.Error {
	for _, f := range op.Fields {
		fault := f.problem(values[f.Name], urls)
		if slices.Contains(refused, f.Name) {
			fault = fmt.Sprintf("the request says %s; Daraja spells it %s; the setting %s takes both", f.Spelt, f.Name, SettingMisspeltKeys)
		}
		if fault != "" {
			return op.InvalidField(f.refusal()).Because("%s", fault)
		}
	}
	return nil
}

// checkAndExecute checks the credentials and the body of a call, and its fields once more where
// the world has stricter rules for URLs or names, and executes it.
func (w *World) checkAndExecute(x *Exchange, fieldErr error) (any, error) {
	if err := w.authorize(x); err != nil {
		return nil, err
	}
	if x.Call.BodyError != nil {
		return nil, x.Call.BodyError
	}
	takesRespelt := x.respelt == nil || w.settings[SettingMisspeltKeys] == accepted
	if rules := w.settings.urlRules(); rules != daraja.URLAny || !takesRespelt {
		fieldErr = x.fieldError(rules, takesRespelt)
	}
	if fieldErr != nil {
		return nil, fieldErr
	}
	x.executed = true
	return x.op.Execute(w.locked(), x)
}

// endBeforeAck ends the prompt that a call has opened whose callback comes before its answer.
func (w *World) endBeforeAck(x *Exchange) {
	if p := x.endsBeforeAck; p != nil {
		w.endPrompt(p, w.decideResult(p, x.Now), x.Now)
		x.reply.AfterCallback = true
	}
}

// settleReply counts a use of what decided the outcome, unless the call is refused, and puts
// an error of the outcome in the place of the answer. The error has its requestId.
func (w *World) settleReply(x *Exchange, r *Response) {
	if r.Err == nil || x.replyOnly || x.executed && x.op.AnswersResult && x.Outcome.Result != "" {
		x.consume()
	} else {
		x.reply = ReplyFaults{} // the call is refused, and what was decided does not happen
	}
	if r.Err != nil {
		r.Body, r.Err = nil, w.setRequestID(r.Err, x)
		return
	}
	if token, _ := bearer(x.Call.Authorization); x.reply.RevokeToken {
		delete(w.tokens.byKey, token) // its place in the order is used up all the same
	}
	r.Err = w.replyError(x)
}

// completeRequest adds to the request what does not come from its fields. Draws and attempts
// are for rules only.
func (w *World) completeRequest(x *Exchange) {
	r := &x.Request
	token, _ := bearer(x.Call.Authorization)
	r.At, r.Since = x.Now, x.Now.Sub(w.appliedAt)
	if g, ok := w.tokens.get(token); ok {
		r.ConsumerKey = g.app
	}
	if p, ok := w.prompts.get(r.Payment); ok {
		r.Phone, r.Amount, r.Reference = p.Phone, p.Amount, p.Reference
	}
	if w.setup.Decider == nil {
		return
	}
	r.Draw = w.ids.Draw(x.stream, x.Now)
	key := x.attemptsOf()
	n, _ := w.attempts.get(key)
	r.Attempt = n + 1
	w.attempts.put(key, r.Attempt)
}

// attemptsOf is what the requests have in common of which this one is an attempt.
func (x *Exchange) attemptsOf() stream {
	switch api := string(x.API); {
	case x.op.asksAboutPayment:
		return ids.NewStream(api, x.Payment)
	case x.op.NoToken:
		return ids.NewStream(api, x.ConsumerKey)
	default:
		return ids.NewStream(api+" "+string(x.Phone), x.Reference)
	}
}

// replyError is the error that a reply puts in the place of the answer; nil when that is
// a page, or when nothing stands in its place.
func (w *World) replyError(x *Exchange) error {
	reply := &x.reply
	if !reply.Refuses() {
		return nil
	}
	if reply.Error == nil && (reply.Page != "" || reply.Raw != nil) {
		return w.setRequestID(nil, x)
	}
	e := x.op.InvalidToken()
	if reply.Error != nil {
		e = *reply.Error
	}
	e.Reason = cmp.Or(e.Reason, "decided by "+cmp.Or(reply.By, "a rule"))
	reply.Error = &e
	return w.setRequestID(&e, x)
}

// setRequestID gives the answer to a refused request its requestId.
func (w *World) setRequestID(err error, x *Exchange) error {
	x.reply.RequestID = w.ids.RequestID(x.stream, x.Now)
	return err
}

// envelope is the body of a refusal, in the form of its product; nil when it has none.
func (x *Exchange) envelope(err error) any {
	e, refused := errors.AsType[*daraja.Error](err)
	if !refused || e.Code == "" && x.reply.Error == nil { // a rule may ask for an envelope with an empty code
		return nil
	}
	if x.op.Envelope != nil {
		if own := x.op.Envelope(x, *e, x.reply.RequestID); own != nil {
			return own
		}
	}
	return e.Envelope(x.reply.RequestID)
}

// RequestID is the requestId of an error envelope that answers a call which HandleCall did
// not: an unknown path, the wrong verb.
func (w *World) RequestID(body []byte) string {
	s := ids.NewStream(string(APIUnknown), body)
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ids.RequestID(s, w.clock.Now())
}

// NotFound is Daraja's answer to a path that it does not have.
func (w *World) NotFound(format string, args ...any) *daraja.Error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.settings[SettingUnknownPath] == "404.001.01" {
		return daraja.ErrNotFound().Because(format, args...)
	}
	return daraja.ErrNotDeployed().Because(format, args...)
}

// WrongMethod is Daraja's answer to the wrong verb on a known path.
func (w *World) WrongMethod(method string) *daraja.Error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := daraja.ErrMethodNotAllowed(method)
	if w.settings[SettingWrongMethod] == "404.001.04" {
		err = daraja.ErrInvalidAuthHeader()
	}
	return err.Because("%s is not the verb of this path", method)
}
