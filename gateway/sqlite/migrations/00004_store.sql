-- One row for the whole database. Its id tells this ledger from one that was made anew
-- in its place; probed_at is written to find out whether writing works.

-- +goose Up
CREATE TABLE ledger (
    single    INTEGER PRIMARY KEY CHECK (single = 1),
    id        TEXT    NOT NULL CHECK (id <> ''),
    probed_at INTEGER
) STRICT;
INSERT INTO ledger (single, id) VALUES (1, lower(hex(randomblob(16))));
