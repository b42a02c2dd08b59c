-- Times are UTC, NULL for "not yet" or "nothing due". Money is integer cents. Which
-- states exist is the domain's affair, so that a new one needs no migration.
--
-- Text may hold any bytes: what PostgreSQL refuses is written as \0 and \xHH, and a
-- backslash as \\ (columns.go).
--
-- due_at is the domain's. run_at is when the row is to be made a job of River's:
-- NULL when nothing is due, and while a job of it is queued or runs. turn counts
-- those jobs, so that a stale one is known; failures are the calls in a row that
-- left it due.

-- +goose Up
CREATE TABLE payments (
    id                  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partner             text        NOT NULL CHECK (partner <> ''),
    direction           text        NOT NULL CHECK (direction <> ''),
    idempotency_key     text        CHECK (idempotency_key <> ''),
    fingerprint         text        NOT NULL,
    phone               text        NOT NULL,
    amount              bigint      NOT NULL CHECK (amount > 0),
    reference           text        NOT NULL,
    callback_url        text        NOT NULL,
    state               text        NOT NULL CHECK (state <> ''),
    pushes              integer     NOT NULL CHECK (pushes >= 0),
    checks              integer     NOT NULL CHECK (checks >= 0),
    merchant_request_id text        NOT NULL,
    checkout_request_id text        NOT NULL,
    result_code         text        NOT NULL,
    result_desc         text        NOT NULL,
    receipt             text        NOT NULL,
    claimed             text        NOT NULL,
    transacted_at       timestamptz,
    refusal             text        NOT NULL,
    support             boolean     NOT NULL,
    review_reason       text        NOT NULL,
    trace               text        NOT NULL,
    erased_at           timestamptz,
    due_at              timestamptz,
    created_at          timestamptz,
    updated_at          timestamptz,
    run_at              timestamptz,
    turn                bigint      NOT NULL DEFAULT 0,
    failures            integer     NOT NULL DEFAULT 0,
    CHECK (run_at IS NULL OR due_at IS NOT NULL)
);

-- One order for a key, for good.
CREATE UNIQUE INDEX payments_key ON payments (partner, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX payments_state ON payments (state, id);
CREATE INDEX payments_phone ON payments (phone, created_at);
CREATE INDEX payments_run ON payments (run_at) WHERE run_at IS NOT NULL;
CREATE INDEX payments_queued ON payments (due_at) WHERE due_at IS NOT NULL AND run_at IS NULL;

CREATE TABLE pushes (
    token               text        NOT NULL PRIMARY KEY CHECK (token <> ''),
    payment_id          bigint      NOT NULL REFERENCES payments (id),
    number              integer     NOT NULL CHECK (number >= 1),
    state               text        NOT NULL CHECK (state <> ''),
    merchant_request_id text        NOT NULL,
    checkout_request_id text        NOT NULL,
    detail              text        NOT NULL,
    created_at          timestamptz,
    UNIQUE (payment_id, number)
) WITH (fillfactor = 70);

-- A receipt pays for one payment.
CREATE TABLE receipts (
    receipt    text        NOT NULL PRIMARY KEY CHECK (receipt <> ''),
    payment_id bigint      NOT NULL REFERENCES payments (id),
    claimed_at timestamptz
);

-- The raw log. What takes part in a row's hash is kept as the bytes that came.
CREATE TABLE callbacks (
    id          bigint      NOT NULL PRIMARY KEY,
    token       bytea       NOT NULL,
    payment_id  bigint      REFERENCES payments (id),
    remote      bytea       NOT NULL,
    body        bytea       NOT NULL,
    verdict     bytea       NOT NULL,
    received_at timestamptz,
    digest      bytea       NOT NULL,
    prev        bytea       NOT NULL,
    hash        bytea       NOT NULL,
    erased_at   timestamptz
);
CREATE INDEX callbacks_payment ON callbacks (payment_id);

-- The end of the chain, in one row that all replicas take turns at.
CREATE TABLE callback_head (
    id   bigint NOT NULL,
    prev bytea  NOT NULL,
    hash bytea  NOT NULL
) WITH (fillfactor = 10);
CREATE UNIQUE INDEX callback_head_only ON callback_head ((true));
INSERT INTO callback_head VALUES (0, '', decode(repeat('00', 32), 'hex'));

CREATE TABLE deliveries (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payment_id bigint      NOT NULL REFERENCES payments (id),
    partner    text        NOT NULL CHECK (partner <> ''),
    message_id text        NOT NULL,
    url        text        NOT NULL,
    endpoint   text        NOT NULL,
    body       bytea       NOT NULL,
    state      text        NOT NULL CHECK (state <> ''),
    attempts   integer     NOT NULL CHECK (attempts >= 0),
    resends    integer     NOT NULL,
    tries      integer     NOT NULL,
    reason     text        NOT NULL,
    trace      text        NOT NULL,
    due_at     timestamptz CHECK (due_at IS NULL OR state = 'due'),
    created_at timestamptz,
    updated_at timestamptz,
    run_at     timestamptz,
    turn       bigint      NOT NULL DEFAULT 0,
    failures   integer     NOT NULL DEFAULT 0,
    CHECK (run_at IS NULL OR due_at IS NOT NULL)
);
CREATE INDEX deliveries_payment ON deliveries (payment_id);
CREATE INDEX deliveries_state ON deliveries (state, id);
CREATE INDEX deliveries_run ON deliveries (run_at) WHERE run_at IS NOT NULL;
CREATE INDEX deliveries_queued ON deliveries (due_at) WHERE due_at IS NOT NULL AND run_at IS NULL;

CREATE TABLE attempts (
    delivery_id bigint      NOT NULL REFERENCES deliveries (id),
    number      integer     NOT NULL CHECK (number >= 1),
    at          timestamptz,
    took        bigint      NOT NULL CHECK (took >= 0), -- nanoseconds
    status      integer     NOT NULL CHECK (status BETWEEN 0 AND 999),
    detail      text        NOT NULL,
    reply       text        NOT NULL,
    PRIMARY KEY (delivery_id, number)
);

CREATE TABLE partners (
    name       text        NOT NULL PRIMARY KEY CHECK (name <> ''),
    created_at timestamptz
);

CREATE TABLE api_keys (
    id         text        NOT NULL PRIMARY KEY CHECK (id <> ''),
    partner    text        NOT NULL REFERENCES partners (name),
    digest     bytea       NOT NULL,
    scopes     text        NOT NULL,
    note       text        NOT NULL,
    created_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    used_at    timestamptz
);
CREATE INDEX api_keys_partner ON api_keys (partner);

CREATE TABLE webhook_secrets (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partner    text        NOT NULL REFERENCES partners (name),
    sealed     bytea       NOT NULL,
    created_at timestamptz,
    expires_at timestamptz
);
CREATE INDEX webhook_secrets_partner ON webhook_secrets (partner);

CREATE TABLE endpoints (
    partner     text        NOT NULL,
    url         text        NOT NULL,
    disabled_at timestamptz,
    reason      text        NOT NULL,
    PRIMARY KEY (partner, url)
);

-- What came from outside, and who was paid by it, is evidence: it is never changed.
-- A body can be erased, once.

-- +goose StatementBegin
CREATE FUNCTION gateway_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION gateway_erase_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.body <> '' OR NEW.erased_at IS NULL OR OLD.erased_at IS NOT NULL
        OR (NEW.id, NEW.token, NEW.payment_id, NEW.remote, NEW.verdict, NEW.received_at, NEW.digest, NEW.prev, NEW.hash)
        IS DISTINCT FROM (OLD.id, OLD.token, OLD.payment_id, OLD.remote, OLD.verdict, OLD.received_at, OLD.digest, OLD.prev, OLD.hash)
    THEN
        RAISE EXCEPTION 'callbacks are append-only; only a body can be erased' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER callbacks_keep BEFORE UPDATE ON callbacks FOR EACH ROW EXECUTE FUNCTION gateway_erase_only();
CREATE TRIGGER callbacks_keep_rows BEFORE DELETE ON callbacks FOR EACH ROW EXECUTE FUNCTION gateway_refuse();
CREATE TRIGGER callbacks_keep_all BEFORE TRUNCATE ON callbacks FOR EACH STATEMENT EXECUTE FUNCTION gateway_refuse();
CREATE TRIGGER receipts_keep BEFORE UPDATE OR DELETE ON receipts FOR EACH ROW EXECUTE FUNCTION gateway_refuse();
CREATE TRIGGER receipts_keep_all BEFORE TRUNCATE ON receipts FOR EACH STATEMENT EXECUTE FUNCTION gateway_refuse();
CREATE TRIGGER callback_head_keep BEFORE DELETE ON callback_head FOR EACH ROW EXECUTE FUNCTION gateway_refuse();
CREATE TRIGGER callback_head_keep_all BEFORE TRUNCATE ON callback_head FOR EACH STATEMENT EXECUTE FUNCTION gateway_refuse();
