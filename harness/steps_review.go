package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/cucumber/godog"
)

// reviewSteps speak of payments that need a person.
func (w *world) reviewSteps() []step {
	return []step{
		{`^a partner that wants to hear of reviews asks for KES (\d+)$`, w.reviewerAsks},
		{`^the partner's list of payments that need a person has the payment because "([^"]*)"$`, w.isListed},
		{`^the partner's list of payments that need a person does not have the payment$`, w.isNotListed},
		{`^the partner is told that the payment needs a review because "([^"]*)"$`, w.isToldReview},
		{`^the partner is told that the payment failed$`, w.isToldOfFailure},
		{`^an administrator resolves the review as (failed|is) with the note "([^"]*)"$`, w.resolvesReview},
	}
}

// reviewerAsks orders for the partner that such a stack tells of reviews.
func (w *world) reviewerAsks(ctx context.Context, amount int64) error {
	if _, ok := w.stack.(Administered); !ok {
		w.leftOut = true
		return godog.ErrSkip
	}
	o := w.newOrder(amount)
	o.apiKey = w.at.OtherPartnerKey
	return w.send(ctx, o)
}

// listed finds the payment that is spoken of in its partner's list, or returns nil.
func (w *world) listed(ctx context.Context) (*transaction, error) {
	o, err := w.current()
	if err != nil {
		return nil, err
	}
	var page struct {
		Transactions []transaction `json:"transactions"`
	}
	url := fmt.Sprintf("%s/api/v1/transactions?status=review&limit=1&after=%d", w.at.Gateway, o.id-1)
	if err := w.partner.get(ctx, url, map[string]string{"X-API-KEY": o.apiKey}, &page); err != nil {
		return nil, err
	}
	if len(page.Transactions) == 0 || page.Transactions[0].ID != o.id {
		return nil, nil //nolint:nilnil // it is not listed
	}
	return &page.Transactions[0], nil
}

func (w *world) isListed(ctx context.Context, why string) error {
	return w.eventually(ctx, func(ctx context.Context) error {
		t, err := w.listed(ctx)
		if err == nil && (t == nil || !strings.Contains(reason(*t), why)) {
			err = fmt.Errorf("the list has %+v", t)
		}
		return err
	})
}

func (w *world) isNotListed(ctx context.Context) error {
	t, err := w.listed(ctx)
	if err == nil && t != nil {
		err = fmt.Errorf("the list has the payment: %s", reason(*t))
	}
	return err
}

func (w *world) isToldReview(ctx context.Context, why string) error {
	_, hook, err := w.heard(ctx, review)
	if err != nil {
		return err
	}
	var body struct {
		Reason string `json:"review_reason"`
	}
	if err := json.Unmarshal(hook.Body, &body); err != nil || !strings.Contains(body.Reason, why) {
		return fmt.Errorf("the webhook says %s", hook.Body)
	}
	return nil
}

func (w *world) isToldOfFailure(ctx context.Context) error {
	_, _, err := w.heard(ctx, "failed")
	return err
}

func (w *world) resolvesReview(ctx context.Context, as, note string) error {
	administered, ok := w.stack.(Administered)
	if !ok {
		w.leftOut = true
		return godog.ErrSkip
	}
	o, err := w.current()
	if err != nil {
		return err
	}
	base, token := administered.Administration()
	body, err := json.Marshal(map[string]string{"as": as, "note": note, "by": "the features"})
	if err != nil {
		return fmt.Errorf("writing a resolution: %w", err)
	}
	a, err := w.partner.do(ctx, call{
		method: http.MethodPost, url: fmt.Sprintf("%s/admin/v1/reviews/%d/resolve", base, o.id),
		header: map[string]string{"Authorization": "Bearer " + token}, body: body,
	})
	if err == nil && a.status != http.StatusOK {
		err = fmt.Errorf("resolving the review: %s", a)
	}
	return err
}
