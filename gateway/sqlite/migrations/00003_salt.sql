-- What is left of an erased body must not tell it: the digest takes a salt in, which
-- goes with the body. Rows from before have none.

-- +goose Up
ALTER TABLE callbacks ADD COLUMN salt BLOB NOT NULL DEFAULT x'';

DROP TRIGGER callbacks_keep;
-- +goose StatementBegin
CREATE TRIGGER callbacks_keep BEFORE UPDATE ON callbacks
WHEN NEW.body <> x'' OR NEW.salt <> x'' OR NEW.erased_at IS NULL OR OLD.erased_at IS NOT NULL
	OR (NEW.id, NEW.token, NEW.payment_id, NEW.remote, NEW.verdict, NEW.received_at, NEW.digest, NEW.prev, NEW.hash)
	IS NOT (OLD.id, OLD.token, OLD.payment_id, OLD.remote, OLD.verdict, OLD.received_at, OLD.digest, OLD.prev, OLD.hash)
BEGIN SELECT RAISE(ABORT, 'callbacks are append-only; only a body can be erased'); END;
-- +goose StatementEnd
