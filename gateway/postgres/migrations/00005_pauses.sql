-- A URL whose partner asks for less is left alone for a moment, by all replicas.

-- +goose Up
ALTER TABLE endpoints ADD COLUMN paused_until timestamptz;

-- Webhooks that wait for such a pause say why.
CREATE INDEX deliveries_waiting ON deliveries (due_at) WHERE state = 'due' AND reason <> '';
