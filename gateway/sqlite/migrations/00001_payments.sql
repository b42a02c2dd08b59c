-- Times are microseconds since 1970 in UTC, NULL for "not yet" or "nothing due".
-- Money is integer cents. Which states exist is the domain's affair, so that a new
-- one needs no migration.

-- +goose Up
CREATE TABLE payments (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    partner             TEXT    NOT NULL CHECK (partner <> ''),
    direction           TEXT    NOT NULL CHECK (direction <> ''),
    idempotency_key     TEXT    CHECK (idempotency_key <> ''),
    fingerprint         TEXT    NOT NULL,
    phone               TEXT    NOT NULL,
    amount              INTEGER NOT NULL CHECK (amount > 0),
    reference           TEXT    NOT NULL,
    callback_url        TEXT    NOT NULL,
    state               TEXT    NOT NULL CHECK (state <> ''),
    pushes              INTEGER NOT NULL CHECK (pushes >= 0),
    checks              INTEGER NOT NULL CHECK (checks >= 0),
    merchant_request_id TEXT    NOT NULL,
    checkout_request_id TEXT    NOT NULL,
    result_code         TEXT    NOT NULL,
    result_desc         TEXT    NOT NULL,
    receipt             TEXT    NOT NULL,
    transacted_at       INTEGER,
    refusal             TEXT    NOT NULL,
    support             INTEGER NOT NULL CHECK (support IN (0, 1)),
    review_reason       TEXT    NOT NULL,
    due_at              INTEGER,
    created_at          INTEGER,
    updated_at          INTEGER
) STRICT;

-- One order for a key, for good.
CREATE UNIQUE INDEX payments_key ON payments (partner, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX payments_state ON payments (state);
CREATE INDEX payments_due ON payments (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE pushes (
    token               TEXT    NOT NULL PRIMARY KEY CHECK (token <> ''),
    payment_id          INTEGER NOT NULL REFERENCES payments (id),
    number              INTEGER NOT NULL CHECK (number >= 1),
    state               TEXT    NOT NULL CHECK (state <> ''),
    merchant_request_id TEXT    NOT NULL,
    checkout_request_id TEXT    NOT NULL,
    detail              TEXT    NOT NULL,
    created_at          INTEGER,
    UNIQUE (payment_id, number)
) STRICT;

-- A receipt pays for one payment.
CREATE TABLE receipts (
    receipt    TEXT    NOT NULL PRIMARY KEY CHECK (receipt <> ''),
    payment_id INTEGER NOT NULL REFERENCES payments (id),
    claimed_at INTEGER
) STRICT;

CREATE TABLE callbacks (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    token       TEXT    NOT NULL,
    payment_id  INTEGER REFERENCES payments (id),
    remote      TEXT    NOT NULL,
    body        BLOB    NOT NULL,
    verdict     TEXT    NOT NULL,
    received_at INTEGER
) STRICT;

CREATE INDEX callbacks_payment ON callbacks (payment_id);

CREATE TABLE deliveries (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    payment_id INTEGER NOT NULL REFERENCES payments (id),
    partner    TEXT    NOT NULL CHECK (partner <> ''),
    url        TEXT    NOT NULL,
    body       BLOB    NOT NULL,
    state      TEXT    NOT NULL CHECK (state <> ''),
    attempts   INTEGER NOT NULL CHECK (attempts >= 0),
    due_at     INTEGER CHECK (due_at IS NULL OR state = 'due'),
    created_at INTEGER,
    updated_at INTEGER
) STRICT;

CREATE INDEX deliveries_payment ON deliveries (payment_id);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE attempts (
    delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
    number      INTEGER NOT NULL CHECK (number >= 1),
    at          INTEGER,
    took        INTEGER NOT NULL CHECK (took >= 0), -- nanoseconds
    status      INTEGER NOT NULL CHECK (status BETWEEN 0 AND 999),
    detail      TEXT    NOT NULL,
    PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;

-- What came from outside, and who was paid by it, is evidence: it is never changed.

-- +goose StatementBegin
CREATE TRIGGER callbacks_keep BEFORE UPDATE ON callbacks
BEGIN SELECT RAISE(ABORT, 'callbacks are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER callbacks_keep_all BEFORE DELETE ON callbacks
BEGIN SELECT RAISE(ABORT, 'callbacks are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER receipts_keep BEFORE UPDATE ON receipts
BEGIN SELECT RAISE(ABORT, 'receipts are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER receipts_keep_all BEFORE DELETE ON receipts
BEGIN SELECT RAISE(ABORT, 'receipts are append-only'); END;
-- +goose StatementEnd
