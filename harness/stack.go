package harness

import "context"

// Stack is a running simulator, gateway and partner's inbox.
type Stack interface {
	// Name is how the stack is called in reports: "embedded", "containers".
	Name() string

	// Addresses says where its services are.
	Addresses() Addresses

	// Mark begins a new part of the services' logs, and Logs returns what they
	// have written since.
	Mark()
	Logs() string

	// Close ends the services and removes all that was made for them.
	Close(ctx context.Context) error
}

// Holder is a Stack that can keep M-PESA from answering the gateway.
type Holder interface {
	// Hold makes M-PESA silent until release is called.
	Hold(ctx context.Context) (release func(context.Context) error, err error)
}

// Limited is a Stack whose gateway bounds the prompts of one phone.
type Limited interface {
	// PromptsAMinute is how many a phone may have in a minute.
	PromptsAMinute() int
}

// Merchants is a Stack that can start gateways for other shortcodes of the simulator.
type Merchants interface {
	// GatewayFor returns the addresses with a gateway that collects for a till of a store,
	// or for a paybill when till is "". The first call starts it; it ends with the stack.
	GatewayFor(ctx context.Context, shortcode, till string) (Addresses, error)
}

// merchant is what a gateway collects for.
type merchant struct {
	shortcode string // the paybill, or the till's store number
	till      string // "" for a paybill
}

// Administered is a Stack whose gateway is administered by the tests, and tells its other
// partner of reviews.
type Administered interface {
	// Administration is where the administration API is, and its token.
	Administration() (baseURL, token string)
}

// Addresses are base URLs, without a slash at the end, and the keys of two
// partners that the gateway knows.
type Addresses struct {
	Simulator string // Daraja's API
	Control   string // the simulator's control API
	Gateway   string // the partner API
	Inbox     string // the partner's webhooks, from the tests

	InboxForGateway  string // the inbox as the gateway reaches it
	GatewayForDaraja string // the gateway as M-PESA reaches it: the base of callback URLs

	PartnerKey      string // API key of a partner
	OtherPartnerKey string // API key of another partner
}
