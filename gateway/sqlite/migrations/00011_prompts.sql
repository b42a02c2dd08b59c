-- An answer to a push may name the prompt of another one, so the pushes of a prompt are
-- looked up. Rows of earlier releases may repeat an id.

-- +goose Up
CREATE INDEX pushes_checkout ON pushes (checkout_request_id) WHERE checkout_request_id <> '';
