-- A partner's lists read no rows of others: its webhooks, and its
-- payments that wait for a person.

-- +goose Up
CREATE INDEX deliveries_partner ON deliveries (partner, id);
CREATE INDEX payments_partner_review ON payments (partner, id) WHERE review_at IS NOT NULL;
