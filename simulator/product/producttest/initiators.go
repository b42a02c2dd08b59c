package producttest

import (
	"bytes"
	"testing"
	"time"

	"github.com/darajabox/darajabox/simulator"
)

// initiators: the results of an operation of an initiator say when that initiator is wrong,
// and a result that takes longer than queue_timeout goes to QueueTimeOutURL.
func (s suite) initiators(t *testing.T) {
	const right = simulator.SandboxInitiatorPassword
	for _, tt := range []struct {
		name, password string
		roles          []simulator.Role // nil is every role
		after          time.Duration
		code, field    string // of the result, and with its URL
	}{
		{"a wrong credential", "wrong", nil, 0, "2001", "ResultURL"},
		{"a missing role", right, []simulator.Role{}, 0, "21", "ResultURL"},
		{"a result that is late", right, nil, 5*time.Minute + 1, "1019", "QueueTimeOutURL"},
	} {
		b, fields := s.ready(t)
		initiators := []simulator.Initiator{{Name: simulator.SandboxInitiator, Password: right, Roles: tt.roles}}
		org := simulator.Organisation{Shortcode: fields.About(s.op.Fields).Shortcode, Initiators: initiators}
		if err := b.Apply(simulator.Setup{Organisations: []simulator.OrganisationSetup{{Organisation: org}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Enqueue(simulator.Queued{API: s.op.API, Outcome: simulator.Outcome{After: &tt.after}}); err != nil {
			t.Fatal(err)
		}
		fields["SecurityCredential"], b.Callbacks = Credential(t, tt.password), nil
		s.call(b, fields)
		b.Advance(t, time.Hour)
		code := []byte(`"ResultCode":` + tt.code + `,`)
		if len(b.Callbacks) != 1 || b.Callbacks[0].URL != string(fields[tt.field]) || !bytes.Contains(b.Callbacks[0].Body, code) {
			t.Errorf("%s: the results are %s, want %s to %s", tt.name, texts(b.Callbacks), code, tt.field)
		}
	}
}
