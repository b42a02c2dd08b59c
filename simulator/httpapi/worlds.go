package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// Worlds finds the world that a request is for.
type Worlds interface {
	ByID(id string) *World                          // nil when there is none
	ByCredentials(token, consumerKey string) *World // the one that gave out the token, or else that of the key, or else the default one
	AddToken(token string, p *World)                // p has given out a token
}

// World is a world and what it answers through. Its fields must be set.
type World struct {
	ID               string
	Domain           *simulator.World
	Record           Recorder
	Ended            <-chan struct{}                 // closed at the end of the world: answers that wait are sent at once; may be nil
	Clock            simulator.Clock                 // the world's, for answers that wait
	WaitForCallbacks func(ctx context.Context) error // waits until the callbacks that are due were posted, whatever the receivers answered
}

// Recorder keeps every request and how it was answered.
type Recorder interface {
	Add(journal.Record) (seq uint64)
}

// worldPrefix begins a path that names its world.
const worldPrefix = "/w/"

// findWorld finds the world of r: by its path, or else by its token or consumer key, or else
// the default one. With an error that says that the path names no world, it is the default one
// too.
func (s *server) findWorld(r *http.Request) (*World, error) {
	if rest, ok := strings.CutPrefix(r.URL.Path, worldPrefix); ok {
		id, _, _ := strings.Cut(rest, "/")
		if w := s.Worlds.ByID(id); w != nil {
			return w, nil
		}
		missing := daraja.ErrNotFound()
		missing.Message = "No such world"
		return s.Worlds.ByCredentials("", ""), missing.Because("there is no world %.70q here; the control API lists and creates worlds", id)
	}
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !isBearer {
		token = ""
	}
	key, _, _ := r.BasicAuth()
	return s.Worlds.ByCredentials(token, key), nil
}
