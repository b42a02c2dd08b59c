package gateway

import (
	"strings"
	"testing"
)

func TestWhereWebhooksMayGo(t *testing.T) {
	service, development, production := Targets{}, Targets{AllowPrivate: true}, Targets{HTTPSOnly: true}
	const private, port, scheme, absolute = "public address", "port", "https only", "absolute"
	for _, tt := range []struct {
		url   string
		in    Targets
		fault string // "" when it is allowed
	}{
		{"https://shop.example.com/hook", service, ""},
		{"http://shop.example.com/hook", service, ""},
		{"http://shop.example.com:8080/hook", service, ""},
		{"https://8.8.8.8/hook", service, ""},
		{"https://[2a00:1450:4001:80b::200e]/hook", service, ""},
		{"https://shop.co.ke./hook", service, ""},
		{"http://127.0.0.1:8090/webhook", service, private},
		{"http://localhost:8090/webhook", service, private},
		{"http://LOCALHOST./webhook", service, private},
		{"http://api.localhost/webhook", service, private},
		{"http://localhost.localdomain/webhook", service, private},
		{"http://printer.local/webhook", service, private},
		{"http://metadata.google.internal/", service, private},
		{"http://router.home.arpa/", service, private},
		{"http://inbox:8090/webhook", service, private},
		{"http://10.0.0.1/", service, private},
		{"http://192.168.1.1/", service, private},
		{"http://169.254.169.254/latest/meta-data/", service, private},
		{"http://168.63.129.16/", service, private},
		{"http://[::1]/", service, private},
		{"http://[::]/", service, private},
		{"http://[::ffff:127.0.0.1]/", service, private},
		{"http://[64:ff9b::a9fe:a9fe]/", service, private},
		{"http://[2002:7f00:1::]/", service, private},
		{"http://[fe80::1%25eth0]/", service, private},
		{"http://2130706433/", service, private},
		{"http://0x7f000001/", service, private},
		{"http://0177.0.0.1/", service, private},
		{"http://127.1/", service, private},
		{"http://1.2.3.4.5/", service, private},
		{"http://shop.example.com:22/", service, port},
		{"http://shop.example.com:6379/", service, port},
		{"http://shop.example.com:0/", service, port},
		{"http://shop.example.com:65536/", service, port},
		{"http://shop.example.com:/", service, ""}, // an empty port is the scheme's
		{"http://127.0.0.1:41234/webhook", development, ""},
		{"http://localhost:41234/webhook", development, ""},
		{"http://inbox:8090/webhook", development, ""},
		{"http://[::1]:41234/", development, ""},
		{"http://169.254.169.254/", development, private},
		{"http://168.63.129.16/", development, private},
		{"http://0x7f000001/", development, private},
		{"https://shop.example.com/hook", production, ""},
		{"https://shop.example.com:8443/hook", production, ""},
		{"https://shop.example.com:8080/hook", production, port},
		{"http://shop.example.com/hook", production, scheme},
		{"https://127.0.0.1/hook", production, private},
		{"https://shop.example.com:9000/", Targets{HTTPSOnly: true, Ports: Ports{{9000, 9000}}}, ""},
		{"https://shop.example.com/", Targets{HTTPSOnly: true, Ports: Ports{{9000, 9000}}}, port},
		{"ftp://shop.example.com/", development, absolute},
		{"https://a:b@shop.example.com/", development, absolute},
	} {
		err := tt.in.check(tt.url)
		switch {
		case tt.fault == "" && err != nil:
			t.Errorf("%s in %+v: %v", tt.url, tt.in, err)
		case tt.fault != "" && (CodeOf(err) != CodeInvalid || !strings.HasPrefix(err.Error(), "callback_url") || !strings.Contains(err.Error(), tt.fault)):
			t.Errorf("%s in %+v: %v, want a fault that speaks of %q", tt.url, tt.in, err, tt.fault)
		}
	}
}

func TestOrdersGoWhereWebhooksMay(t *testing.T) {
	g := &Gateway{Targets: Targets{HTTPSOnly: true}}
	o := goodOrder()
	o.CallbackURL = "http://partner.example.com/"
	if _, err := g.Collect(t.Context(), Partner{Name: "shop"}, o); CodeOf(err) != CodeInvalid {
		t.Errorf("got %v", err)
	}
}

func TestPorts(t *testing.T) {
	for s, want := range map[string]string{"443": "443", "443, 8000-8999": "443,8000-8999", "1-65535": "1-65535"} {
		if p, err := ParsePorts(s); err != nil || p.String() != want {
			t.Errorf("%q: %v, %v", s, p, err)
		}
	}
	for _, s := range []string{"", "0", "x", "65536", "9-8", "443,", "-", "80-", "1-2-3"} {
		if p, err := ParsePorts(s); err == nil {
			t.Errorf("%q is %v", s, p)
		}
	}
}

func TestEndpoints(t *testing.T) {
	for url, want := range map[string]string{
		"https://Shop.example.com/hook?x=1": "https://shop.example.com:443",
		"http://shop.example.com":           "http://shop.example.com:80",
		"http://[::1]:8090/":                "http://::1:8090",
		"://":                               "://",
	} {
		if got := endpointOf(url); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
}
