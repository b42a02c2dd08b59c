-- What is left of an erased body must not tell it: the digest takes a salt in, which
-- goes with the body. Rows from before have none.

-- +goose Up
ALTER TABLE callbacks ADD COLUMN salt bytea NOT NULL DEFAULT '';

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION gateway_erase_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.body <> '' OR NEW.salt <> '' OR NEW.erased_at IS NULL OR OLD.erased_at IS NOT NULL
        OR (NEW.id, NEW.token, NEW.payment_id, NEW.remote, NEW.verdict, NEW.received_at, NEW.digest, NEW.prev, NEW.hash)
        IS DISTINCT FROM (OLD.id, OLD.token, OLD.payment_id, OLD.remote, OLD.verdict, OLD.received_at, OLD.digest, OLD.prev, OLD.hash)
    THEN
        RAISE EXCEPTION 'callbacks are append-only; only a body can be erased' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
