-- The access token of an app at Daraja, sealed, so that a restart uses it again, and so
-- that replicas of a store that is shared use one.

-- +goose Up
CREATE TABLE access_tokens (
    app         TEXT PRIMARY KEY,
    sealed      BLOB NOT NULL,
    renew_at    INTEGER,
    ends_at     INTEGER,
    lease_until INTEGER
) STRICT, WITHOUT ROWID;
