-- A callback with proof may give a prompt to another payment than the one whose push has it.
-- Both are on record then, and no query about that prompt settles either. A name is a keyed
-- digest of the CheckoutRequestID, which ends with the customer's number.

-- +goose Up
CREATE TABLE prompt_names (
    name text NOT NULL,
    payment_id bigint NOT NULL REFERENCES payments (id),
    PRIMARY KEY (name, payment_id)
);
