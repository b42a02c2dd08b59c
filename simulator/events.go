package simulator

import (
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// EventKind says what changed in a world.
type EventKind string

// The kinds of events.
const (
	EventPrompt      EventKind = "prompt"       // a prompt opened on a phone
	EventPromptEnded EventKind = "prompt_ended" // it came to its result
	EventMessage     EventKind = "message"      // an SMS arrived
	EventPhone       EventKind = "phone"        // a phone was switched on or off, attended or left, its prompt changed, or its owner was added or edited
	EventScenario    EventKind = "scenario"     // another scenario is active
	EventSettings    EventKind = "settings"     // settings were changed, by hand or by a scenario
	EventReset       EventKind = "reset"        // everything may have changed: a reset, or a snapshot restored
)

// Event is a change in a world. Phone and Payment are zero where the kind has none.
type Event struct {
	Kind    EventKind
	At      time.Time
	Phone   daraja.MSISDN
	Payment string // its id
}
