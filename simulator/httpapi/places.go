package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// Places finds the world that a request is for.
type Places interface {
	ByID(id string) (*Place, bool)
	ByKey(consumerKey string) (*Place, bool)
	ByToken(token string) (*Place, bool)
	Default() *Place
	Granted(token string, p *Place) // p has given out a token
}

// Place is a world and what it answers through. Its fields must be set.
type Place struct {
	ID     string
	World  *simulator.World
	Record Recorder
	Clock  simulator.Clock                 // the world's, for answers that wait
	Settle func(ctx context.Context) error // waits until the callbacks that are due are delivered
}

// Recorder keeps every request and how it was answered.
type Recorder interface {
	Add(journal.Record) (seq uint64)
}

// worldPrefix begins a path that names its world.
const worldPrefix = "/w/"

// place finds the world of r: by its path, or else by whose credentials or token it
// has, or else the default one. Without a fault there always is one.
func (s *server) place(r *http.Request) (*Place, *daraja.Error) {
	if rest, ok := strings.CutPrefix(r.URL.Path, worldPrefix); ok {
		id, _, _ := strings.Cut(rest, "/")
		if p, ok := s.places.ByID(id); ok {
			return p, nil
		}
		missing := daraja.ErrNotFound()
		missing.Message = "No such world"
		return s.places.Default(), missing.Because("there is no world %.70q here; the control API lists and creates worlds", id)
	}
	if header := r.Header.Get("Authorization"); header != "" {
		if token, ok := strings.CutPrefix(header, "Bearer "); ok {
			if p, ok := s.places.ByToken(token); ok {
				return p, nil
			}
		} else if key, _, ok := r.BasicAuth(); ok {
			if p, ok := s.places.ByKey(key); ok {
				return p, nil
			}
		}
	}
	return s.places.Default(), nil
}
