package harness

import (
	"context"
	"fmt"
)

// inboxSteps speak of how the partner's own system takes webhooks.
func (w *world) inboxSteps() []step {
	return []step{
		{`^the partner's system answers (\d+) at the first webhook$`, w.answersFirst},
		{`^the partner's system sends elsewhere, answering (\d+) at the first webhook$`, w.answersFirst},
		{`^the partner's system breaks the connection at the first webhook$`, w.breaksFirst},
		{`^the partner's system answers (\d+) to every webhook$`, w.answersAll},
		{`^the partner's system takes (\d+) milliseconds to answer$`, w.isSlow},
		{`^the partner's system stays down$`, w.staysDown},
	}
}

func (w *world) answersFirst(ctx context.Context, status int) error {
	return w.partner.behave(ctx, behaviour{Path: w.path(), Status: status, Times: 1})
}

func (w *world) breaksFirst(ctx context.Context) error {
	return w.partner.behave(ctx, behaviour{Path: w.path(), Drop: true, Times: 1})
}

func (w *world) answersAll(ctx context.Context, status int) error {
	return w.partner.behave(ctx, behaviour{Path: w.path(), Status: status})
}

func (w *world) isSlow(ctx context.Context, milliseconds int) error {
	return w.partner.behave(ctx, behaviour{Path: w.path(), Delay: fmt.Sprintf("%dms", milliseconds)})
}

// staysDown lasts beyond the scenario, so that its webhooks need not arrive.
func (w *world) staysDown(ctx context.Context) error {
	w.down = true
	return w.partner.behave(ctx, behaviour{Path: w.path(), Status: 503})
}
