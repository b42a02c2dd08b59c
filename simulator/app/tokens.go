package app

import "sync"

// maxTokens is how many tokens of one world are known; a world itself keeps no more.
const maxTokens = 10_000

// tokens finds the world that gave out a token.
type tokens struct {
	mu    sync.RWMutex
	owner map[string]*place
	order map[*place][]string // oldest first
}

func newTokens() tokens {
	return tokens{owner: make(map[string]*place), order: make(map[*place][]string)}
}

func (t *tokens) find(token string) (*place, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	p, ok := t.owner[token]
	return p, ok
}

func (t *tokens) add(token string, p *place) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.owner[token] == p {
		return
	}
	t.owner[token] = p
	t.order[p] = append(t.order[p], token)
	if order := t.order[p]; len(order) > maxTokens {
		t.drop(order[0], p)
		t.order[p] = order[1:]
	}
}

// forget drops all tokens of p.
func (t *tokens) forget(p *place) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, token := range t.order[p] {
		t.drop(token, p)
	}
	delete(t.order, p)
}

// drop drops a token, unless another world has given out the same. The caller holds
// mu.
func (t *tokens) drop(token string, p *place) {
	if t.owner[token] == p {
		delete(t.owner, token)
	}
}
