-- Receipts are compared as M-PESA prints them, in upper case and without blanks around
-- them. Earlier releases kept them as they came, so what is known in another spelling is
-- taken in once more; the first payment that had it keeps it. The count of questions
-- bounds how often the callbacks of one push have M-PESA asked before the time.

-- +goose Up
INSERT INTO receipts (receipt, payment_id, claimed_at)
    SELECT upper(trim(receipt) COLLATE "C"), payment_id, claimed_at FROM receipts
    WHERE receipt <> upper(trim(receipt) COLLATE "C") AND trim(receipt) <> '' ORDER BY claimed_at, payment_id
    ON CONFLICT (receipt) DO NOTHING;

ALTER TABLE pushes ADD COLUMN questions integer NOT NULL DEFAULT 0;
