-- A partner's lists read no rows of others: its webhooks, all or those in one state, and
-- its payments that wait for a person.

-- +goose Up
CREATE INDEX deliveries_partner ON deliveries (partner, id);
CREATE INDEX deliveries_partner_state ON deliveries (partner, state, id);
CREATE INDEX payments_partner_review ON payments (partner, id) WHERE review_at IS NOT NULL;
