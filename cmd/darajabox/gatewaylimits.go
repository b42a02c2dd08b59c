package main

import gwapp "github.com/darajabox/darajabox/gateway/app"

// limitFlags bound what is asked of Daraja, of a phone and of the gateway.
type limitFlags struct {
	PushRate         float64 `help:"Pushes a second by this process. M-PESA limits the shortcode, so replicas share what it allows." default:"20"`
	QueryRate        float64 `help:"Queries a second by this process, evenly spaced. Replicas share what M-PESA allows." default:"5"`
	PhoneLimitMinute int     `help:"Prompts of one phone in a minute, over all partners and replicas." default:"5"`
	PhoneLimitHour   int     `help:"Prompts of one phone in an hour, over all partners and replicas." default:"30"`
	PartnerRate      float64 `help:"Requests a second of one partner to this process." default:"50"`
	PartnerBurst     int     `help:"Requests of one partner at once; 0 is a second's worth." default:"100"`
	StrangerLimit    int     `help:"Callbacks with an unknown token that are kept in a minute." default:"60"`
	MaxConnections   int     `help:"Connections to a listener at a time; above it, the one that has been idle for longest is closed. Addresses of --trusted-proxies and --callback-sources have as many of their own." default:"2048"`

	MaxConnectionsPerSource int `help:"Connections to a listener from one address, or one /64 of IPv6, at a time. Not for addresses of --trusted-proxies and --callback-sources." default:"512"`
}

func (f limitFlags) limits() gwapp.Limits {
	return gwapp.Limits{
		PushRate: f.PushRate, QueryRate: f.QueryRate,
		PhoneMinute: f.PhoneLimitMinute, PhoneHour: f.PhoneLimitHour,
		PartnerRate: f.PartnerRate, PartnerBurst: f.PartnerBurst,
		Strangers: f.StrangerLimit, Connections: f.MaxConnections, SourceConnections: f.MaxConnectionsPerSource,
	}
}

// callbackFlags are about the endpoint that Daraja calls back on.
type callbackFlags struct {
	CallbackURL           string   `help:"Base URL for Daraja's callbacks; this gateway's own address unless given, which works for a simulator on the same machine only." placeholder:"URL"`
	CallbackAddr          string   `help:"Address to listen on for callbacks alone; that of the partner API unless given." placeholder:"HOST:PORT"`
	CallbackSources       []string `help:"Addresses and networks that callbacks may come from; safaricom is the list that Safaricom's support publishes. Any unless given." placeholder:"CIDR"`
	CallbackSourcesStrict bool     `help:"Store callbacks from other addresses for audit only, and ignore them otherwise."`
	TrustedProxies        []string `help:"Addresses and networks of proxies whose X-Forwarded-For is trusted." placeholder:"CIDR"`
	Confirm               string   `help:"Which successes are confirmed by a query before they are credited: never, untrusted (those from elsewhere than --callback-sources; without that flag there are none) or always." enum:"never,untrusted,always" default:"untrusted"`
}

func (f callbackFlags) door() gwapp.CallbackDoor {
	return gwapp.CallbackDoor{
		Addr: f.CallbackAddr, Sources: f.CallbackSources, Strict: f.CallbackSourcesStrict,
		Proxies: f.TrustedProxies, Confirm: f.Confirm,
	}
}
