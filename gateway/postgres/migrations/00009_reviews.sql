-- Payments that wait for a person, result codes that a person has declared, and which
-- partners get a webhook when a payment comes into review.

-- +goose Up
ALTER TABLE payments ADD COLUMN review_at timestamptz;

-- A payment that was settled after a review keeps the reason of that review: it is
-- closed, unless something else was written behind it.
UPDATE payments p SET review_at = coalesce(updated_at, created_at, now())
WHERE state IN ('review', 'unresolved')
	OR state IN ('paid', 'failed', 'presumed_failed') AND review_reason <> ''
		AND (review_reason NOT LIKE 'no callback, and no answer to %' OR review_reason LIKE '%;%')
	OR state = 'unknown' AND NOT EXISTS (SELECT 1 FROM pushes s
		WHERE s.payment_id = p.id AND s.number = p.pushes AND s.checkout_request_id <> '');

-- It has all that the list and its counts need.
CREATE INDEX payments_review ON payments (id, state, review_at) WHERE review_at IS NOT NULL;
CREATE INDEX payments_partner ON payments (partner, id);

ALTER TABLE partners ADD COLUMN review_webhooks boolean NOT NULL DEFAULT false;

CREATE TABLE declared_results (
    code        text        NOT NULL PRIMARY KEY CHECK (code <> ''),
    outcome     text        NOT NULL CHECK (outcome <> ''),
    note        text        NOT NULL,
    declared_by text        NOT NULL,
    declared_at timestamptz
);
