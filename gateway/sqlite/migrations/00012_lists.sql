-- A partner's lists read no rows of others: its webhooks, and its
-- payments that wait for a person. The rows of an index are in the order of ids.

-- +goose Up
CREATE INDEX deliveries_partner ON deliveries (partner);
CREATE INDEX payments_partner_review ON payments (partner) WHERE review_at IS NOT NULL;
