-- The access token of an app at Daraja, sealed, so that all replicas use one: a new token
-- can end the earlier ones.

-- +goose Up
CREATE TABLE access_tokens (
    app         text  PRIMARY KEY,
    sealed      bytea NOT NULL,
    renew_at    timestamptz,
    ends_at     timestamptz,
    lease_until timestamptz
);
