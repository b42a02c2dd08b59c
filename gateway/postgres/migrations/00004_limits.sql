-- A payment that was refused at its first push made no prompt, so it does not count
-- against its phone.

-- +goose Up
DROP INDEX payments_phone;
CREATE INDEX payments_phone ON payments (phone, (refusal = '' OR pushes > 1), created_at);
