-- Payments that wait for a person, result codes that a person has declared, and which
-- partners get a webhook when a payment comes into review.

-- +goose Up
ALTER TABLE payments ADD COLUMN review_at INTEGER;

-- A payment that was settled after a review keeps the reason of that review: it is
-- closed, unless something else was written behind it.
UPDATE payments SET review_at = coalesce(updated_at, created_at, 0)
WHERE state IN ('review', 'unresolved')
	OR state IN ('paid', 'failed', 'presumed_failed') AND review_reason <> ''
		AND (review_reason NOT LIKE 'no callback, and no answer to %' OR review_reason LIKE '%;%')
	OR state = 'unknown' AND NOT EXISTS (SELECT 1 FROM pushes
		WHERE payment_id = payments.id AND number = payments.pushes AND checkout_request_id <> '');

-- It has all that the list and its counts need.
CREATE INDEX payments_review ON payments (id, state, review_at) WHERE review_at IS NOT NULL;
CREATE INDEX payments_partner ON payments (partner);

ALTER TABLE partners ADD COLUMN review_webhooks INTEGER NOT NULL DEFAULT 0 CHECK (review_webhooks IN (0, 1));

CREATE TABLE declared_results (
    code        TEXT NOT NULL PRIMARY KEY CHECK (code <> ''),
    outcome     TEXT NOT NULL CHECK (outcome <> ''),
    note        TEXT NOT NULL,
    declared_by TEXT NOT NULL,
    declared_at INTEGER
) STRICT;
