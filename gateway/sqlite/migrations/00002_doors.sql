-- Partners and their keys, the hash chain of the raw log, webhooks as Standard
-- Webhooks has them, and what erasing a customer's data leaves.

-- +goose Up
ALTER TABLE payments ADD COLUMN claimed TEXT NOT NULL DEFAULT '';
ALTER TABLE payments ADD COLUMN trace TEXT NOT NULL DEFAULT '';
ALTER TABLE payments ADD COLUMN erased_at INTEGER;
CREATE INDEX payments_phone ON payments (phone, created_at);

ALTER TABLE deliveries ADD COLUMN message_id TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN endpoint TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN resends INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN trace TEXT NOT NULL DEFAULT '';
UPDATE deliveries SET message_id = 'msg_' || id, endpoint = url, tries = attempts;
CREATE INDEX deliveries_state ON deliveries (state, id);

ALTER TABLE attempts ADD COLUMN reply TEXT NOT NULL DEFAULT '';

-- Rows from before the chain have an empty hash; it begins after them.
ALTER TABLE callbacks ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
ALTER TABLE callbacks ADD COLUMN prev BLOB NOT NULL DEFAULT x'';
ALTER TABLE callbacks ADD COLUMN hash BLOB NOT NULL DEFAULT x'';
ALTER TABLE callbacks ADD COLUMN erased_at INTEGER;

DROP TRIGGER callbacks_keep;
-- +goose StatementBegin
CREATE TRIGGER callbacks_keep BEFORE UPDATE ON callbacks
WHEN NEW.body <> x'' OR NEW.erased_at IS NULL OR OLD.erased_at IS NOT NULL
	OR (NEW.id, NEW.token, NEW.payment_id, NEW.remote, NEW.verdict, NEW.received_at, NEW.digest, NEW.prev, NEW.hash)
	IS NOT (OLD.id, OLD.token, OLD.payment_id, OLD.remote, OLD.verdict, OLD.received_at, OLD.digest, OLD.prev, OLD.hash)
BEGIN SELECT RAISE(ABORT, 'callbacks are append-only; only a body can be erased'); END;
-- +goose StatementEnd

CREATE TABLE partners (
    name       TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
    created_at INTEGER
) STRICT;

CREATE TABLE api_keys (
    id         TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    partner    TEXT NOT NULL REFERENCES partners (name),
    digest     BLOB NOT NULL,
    scopes     TEXT NOT NULL,
    note       TEXT NOT NULL,
    created_at INTEGER,
    expires_at INTEGER,
    revoked_at INTEGER,
    used_at    INTEGER
) STRICT;
CREATE INDEX api_keys_partner ON api_keys (partner);

CREATE TABLE webhook_secrets (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    partner    TEXT NOT NULL REFERENCES partners (name),
    sealed     BLOB NOT NULL,
    created_at INTEGER,
    expires_at INTEGER
) STRICT;
CREATE INDEX webhook_secrets_partner ON webhook_secrets (partner);

CREATE TABLE endpoints (
    partner     TEXT NOT NULL,
    url         TEXT NOT NULL,
    disabled_at INTEGER,
    reason      TEXT NOT NULL,
    PRIMARY KEY (partner, url)
) STRICT, WITHOUT ROWID;
