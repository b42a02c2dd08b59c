package main

import gwapp "github.com/darajabox/darajabox/gateway/app"

// limitFlags bound what is asked of Daraja, of a phone and of the gateway.
type limitFlags struct {
	PushRate         float64 `help:"Pushes a second that Daraja allows the shortcode; replicas share them. 0 is no limit." default:"20"`
	QueryRate        float64 `help:"Queries a second that Daraja allows the shortcode; replicas share them. 0 is no limit." default:"5"`
	PhoneLimitMinute int     `help:"Prompts of one phone in a minute. 0 is no limit." default:"5"`
	PhoneLimitHour   int     `help:"Prompts of one phone in an hour. 0 is no limit." default:"30"`
	PartnerRate      float64 `help:"Requests a second of one partner to this process. 0 is no limit." default:"50"`
	PartnerBurst     int     `help:"Requests of one partner at once. 0 is a second's worth." default:"100"`
	StrangerLimit    int     `help:"Callbacks with an unknown token that are kept in a minute. 0 is no limit." default:"60"`
	MaxConnections   int     `help:"Connections to a listener at a time. 0 is no limit." default:"2048"`
}

func (f limitFlags) limits() gwapp.Limits {
	return gwapp.Limits{
		PushRate: f.PushRate, QueryRate: f.QueryRate,
		PhoneMinute: f.PhoneLimitMinute, PhoneHour: f.PhoneLimitHour,
		PartnerRate: f.PartnerRate, PartnerBurst: f.PartnerBurst,
		Strangers: f.StrangerLimit, Connections: f.MaxConnections,
	}
}

// callbackFlags are about the endpoint that Daraja calls back on.
type callbackFlags struct {
	CallbackAddr          string   `help:"Address of Daraja's callbacks; the partner API's unless given." placeholder:"HOST:PORT"`
	CallbackSources       []string `help:"Addresses and networks that Daraja calls back from; safaricom is the list that its support gives out. Any unless given." placeholder:"CIDR"`
	CallbackSourcesStrict bool     `help:"Keep callbacks from elsewhere for audit and do nothing else with them."`
	TrustedProxies        []string `help:"Addresses and networks whose X-Forwarded-For is believed." placeholder:"CIDR"`
	Confirm               string   `help:"Which successes are confirmed by a query before they are credited: never, untrusted (not from callback-sources) or always." enum:"never,untrusted,always" default:"untrusted"`
}

func (f callbackFlags) door() gwapp.CallbackDoor {
	return gwapp.CallbackDoor{
		Addr: f.CallbackAddr, Sources: f.CallbackSources, Strict: f.CallbackSourcesStrict,
		Proxies: f.TrustedProxies, Confirm: f.Confirm,
	}
}
