package iotsim

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// The account that every world has, and the first of its SIMs.
const (
	Account  = "1-225560081663_VPN"
	FirstSIM = "300000000001"
)

// The states of a SIM.
const (
	active    = "Active"
	idle      = "Idle"
	suspended = "Suspended"
)

// Bounds of what is remembered; the oldest messages and changes of a state go.
const (
	maxSIMs     = 1_000
	maxMessages = 10_000
	maxChanges  = 100
)

// state is the SIMs and the messages of a world.
type state struct {
	sims     []sim
	messages []daraja.IoTMessage // oldest first; without ReceiptID
	lastID   int                 // of the latest message
}

// sim is a SIM in a machine.
type sim struct {
	msisdn, group, asset string
	changes              []change // of its state, oldest first; never empty
	agent                string   // who activated it; "" for one that was active from the start
}

// change is a state that a SIM has from a time on.
type change struct {
	at time.Time
	to string
}

// newState has three SIMs that are active, one that is idle and one that is suspended.
func newState() simulator.State {
	s := &state{lastID: 4000}
	first, _ := strconv.Atoi(FirstSIM)
	for i, is := range []string{active, active, active, idle, suspended} {
		s.sims = append(s.sims, sim{msisdn: strconv.Itoa(first + i), group: Account, asset: fmt.Sprintf("Tracker%03d", i+1), changes: []change{{to: is}}})
	}
	return s
}

// Clone implements simulator.State.
func (s *state) Clone() simulator.State {
	c := &state{sims: slices.Clone(s.sims), messages: slices.Clone(s.messages), lastID: s.lastID}
	for i := range c.sims {
		c.sims[i].changes = slices.Clone(c.sims[i].changes)
	}
	return c
}

func stateOf(l *simulator.Locked) *state {
	s, _ := l.StateOf(name).(*state)
	return s
}

// groupForm is the form of an account.
var groupForm = regexp.MustCompile(`^1-[0-9]{5,15}_VPN$`)

// checkGroup refuses an account that is not the app's, or that cannot exist.
func (s *state) checkGroup(group string) error {
	switch {
	case slices.ContainsFunc(s.sims, func(one sim) bool { return one.group == group }):
		return nil
	case groupForm.MatchString(group):
		return daraja.ErrIoTGroup().Because("the account %s has no SIMs here; the action add of %s adds one", group, name)
	}
	return daraja.ErrIoTNoRecords().Because("%.60q is no account: it must be as %s", group, Account)
}

// find is a SIM of an account. It is nil when the account has no such SIM.
func (s *state) find(msisdn, group string) *sim {
	i := slices.IndexFunc(s.sims, func(one sim) bool { return one.msisdn == msisdn && one.group == group })
	if i < 0 {
		return nil
	}
	return &s.sims[i]
}

// status is the state of a SIM now.
func (s *sim) status() string { return s.changes[len(s.changes)-1].to }

// statusAt is the state of a SIM at a time.
func (s *sim) statusAt(t time.Time) string {
	is := s.changes[0].to
	for _, c := range s.changes {
		if c.at.After(t) {
			break
		}
		is = c.to
	}
	return is
}

func (s *sim) change(at time.Time, to string) {
	if len(s.changes) >= maxChanges {
		s.changes = slices.Delete(s.changes, 0, 1)
	}
	s.changes = append(s.changes, change{at, to})
}

// addAction puts a SIM into an account.
func addAction() simulator.Action {
	return simulator.Action{
		Name: "add", Doc: "adds an idle SIM to an account, which need not exist",
		Fields: []simulator.Field{
			{Name: "vpnGroup", Check: groupName, Doc: "The account, such as " + Account + "."},
			{Name: "msisdn", Check: simNumber, Doc: "The number of the SIM, twelve digits that begin with 3000."},
		},
		Run: func(l *simulator.Locked, v simulator.Values) (any, error) {
			s, msisdn := stateOf(l), string(v["msisdn"])
			switch {
			case slices.ContainsFunc(s.sims, func(one sim) bool { return one.msisdn == msisdn }):
				return nil, fmt.Errorf("there is a SIM %s already", msisdn)
			case len(s.sims) >= maxSIMs:
				return nil, fmt.Errorf("there are %d SIMs; reset the world first", maxSIMs)
			}
			s.sims = append(s.sims, sim{msisdn: msisdn, group: string(v["vpnGroup"]), asset: "-", changes: []change{{l.Now(), idle}}})
			return map[string]string{"msisdn": msisdn, "status": idle}, nil
		},
	}
}

func groupName(field string, v daraja.Text) string {
	if !groupForm.MatchString(string(v)) {
		return fmt.Sprintf("%s is %.40q, it must be as %s", field, string(v), Account)
	}
	return ""
}

func simNumber(field string, v daraja.Text) string {
	if n, err := strconv.ParseUint(string(v), 10, 64); err != nil || len(v) != len(FirstSIM) || n/1e8 != 3000 {
		return fmt.Sprintf("%s is %.40q, it must be twelve digits that begin with 3000", field, string(v))
	}
	return ""
}
