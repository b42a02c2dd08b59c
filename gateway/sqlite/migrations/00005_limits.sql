-- A payment that was refused at its first push made no prompt, so it does not count
-- against its phone. refused is a column of its own, written once: an UPDATE goes
-- through each index of the columns that it names, and refusal is named by all of them.

-- +goose Up
ALTER TABLE payments ADD COLUMN refused INTEGER NOT NULL DEFAULT 0 CHECK (refused IN (0, 1));
UPDATE payments SET refused = 1 WHERE refusal <> '' AND pushes = 1;
DROP INDEX payments_phone;
CREATE INDEX payments_phone ON payments (phone, refused, created_at);
