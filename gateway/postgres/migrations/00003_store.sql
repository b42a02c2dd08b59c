-- One row for the whole database. Its id tells this ledger from one that was made anew
-- in its place; probed_at is written to find out whether writing works.

-- +goose Up
CREATE TABLE ledger (
    single    boolean     NOT NULL DEFAULT true PRIMARY KEY CHECK (single),
    id        text        NOT NULL CHECK (id <> ''),
    probed_at timestamptz
) WITH (fillfactor = 10);
INSERT INTO ledger (id) VALUES (replace(gen_random_uuid()::text, '-', ''));
