package gateway

// Point is a place between two steps of a payment's way. A process that dies there
// must lose nothing and do nothing twice.
type Point string

// Points of the way. Those that end in _writing lie inside a transaction, before its
// commit; those in _written after the commit and before anybody hears of it.
const (
	OrderWriting    Point = "order_writing"
	OrderWritten    Point = "order_written"
	PushCalling     Point = "push_calling"  // before Daraja is called, for any push
	PushAnswered    Point = "push_answered" // Daraja has answered, or has not; nothing of it is on record
	PushWriting     Point = "push_writing"
	PushWritten     Point = "push_written"
	CallbackCame    Point = "callback_came"
	CallbackWriting Point = "callback_writing"
	CallbackWritten Point = "callback_written"
	WebhookSending  Point = "webhook_sending"
	WebhookSent     Point = "webhook_sent" // the partner has answered, or has not
	WebhookWriting  Point = "webhook_writing"
	WebhookWritten  Point = "webhook_written"
	QueryAsking     Point = "query_asking"
	QueryAnswered   Point = "query_answered"
	QueryWriting    Point = "query_writing"
	QueryWritten    Point = "query_written"
	TokenLeased     Point = "token_leased"  // this process is the one to fetch an access token
	TokenFetched    Point = "token_fetched" // Daraja has given one; nothing of it is on record
	TokenWriting    Point = "token_writing"
	TokenWritten    Point = "token_written"
	RepushNearing   Point = "repush_nearing" // nothing of another push is on record
	RepushWriting   Point = "repush_writing"
	RepushWritten   Point = "repush_written"
)

// Points lists every point, in the order of the way.
func Points() []Point {
	return []Point{
		OrderWriting, OrderWritten, PushCalling, TokenLeased, TokenFetched, TokenWriting, TokenWritten, PushAnswered, PushWriting, PushWritten,
		CallbackCame, CallbackWriting, CallbackWritten,
		WebhookSending, WebhookSent, WebhookWriting, WebhookWritten,
		QueryAsking, QueryAnswered, QueryWriting, QueryWritten,
		RepushNearing, RepushWriting, RepushWritten,
	}
}

// reach tells whoever listens that a payment has come to a point.
func (g *Gateway) reach(p Point) {
	if g.Reach != nil {
		g.Reach(p)
	}
}
