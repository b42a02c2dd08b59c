-- A payment that a person must look at goes on being asked about for three days. Those
-- that an earlier release left with nothing due are due at once when they are younger
-- and M-PESA can be asked about them.

-- +goose Up
UPDATE payments SET checks = 0, due_at = now(), run_at = now()
WHERE state = 'unresolved' AND due_at IS NULL AND checkout_request_id <> ''
    AND created_at > now() - interval '3 days';
