-- A push has an inquiry of its own: what M-PESA is asked about it because of its
-- callbacks. step_at is when the state of a payment next calls for an act, inquiry_at
-- when the first of the inquiries of its pushes is due, due_at the earlier of the two.

-- +goose Up
ALTER TABLE pushes ADD COLUMN inquiry TEXT NOT NULL DEFAULT '';
ALTER TABLE payments ADD COLUMN step_at INTEGER;
ALTER TABLE payments ADD COLUMN inquiry_at INTEGER;

-- What has failed is asked about by the inquiry of a push alone.
UPDATE payments SET step_at = due_at WHERE due_at IS NOT NULL AND state NOT IN ('failed', 'presumed_failed');
UPDATE payments SET inquiry_at = due_at WHERE due_at IS NOT NULL AND state IN ('failed', 'presumed_failed');
UPDATE pushes SET inquiry = (
    SELECT json_object('due', p.due_at, 'asked', p.checks, 'claimed', p.claimed, 'what', 'a callback before the upgrade', 'money', json('true'), 'proven', json('true'))
    FROM payments p WHERE p.id = pushes.payment_id)
WHERE payment_id IN (SELECT id FROM payments WHERE inquiry_at IS NOT NULL)
    AND checkout_request_id = (SELECT p.checkout_request_id FROM payments p WHERE p.id = pushes.payment_id);

-- A claim of an earlier push than the latest is asked about by the inquiry of that push.
UPDATE payments SET inquiry_at = due_at WHERE due_at IS NOT NULL AND state IN ('confirming', 'unresolved')
    AND EXISTS (SELECT 1 FROM pushes s WHERE s.payment_id = payments.id AND s.number < payments.pushes
        AND s.checkout_request_id <> '' AND s.checkout_request_id = payments.checkout_request_id);
UPDATE pushes SET inquiry = (
    SELECT json_object('due', p.inquiry_at, 'claimed', p.claimed, 'what', 'a callback before the upgrade', 'money', json('true'), 'proven', json('true'))
    FROM payments p WHERE p.id = pushes.payment_id)
WHERE checkout_request_id <> '' AND EXISTS (SELECT 1 FROM payments p WHERE p.id = pushes.payment_id AND p.inquiry_at IS NOT NULL
    AND p.state IN ('confirming', 'unresolved') AND p.checkout_request_id = pushes.checkout_request_id AND pushes.number < p.pushes);
UPDATE payments SET state = CASE state WHEN 'confirming' THEN 'pending' ELSE state END, claimed = '', checks = 0, step_at = step_at + 3600000000
WHERE inquiry_at IS NOT NULL AND state IN ('confirming', 'unresolved');

-- What a callback of the latest push said is in the log of callbacks alone: it may have claimed money.
UPDATE pushes SET inquiry = '{"what":"a callback before the upgrade","money":true,"proven":true}'
WHERE inquiry = '' AND questions > 0 AND EXISTS (SELECT 1 FROM payments p
    WHERE p.id = pushes.payment_id AND p.pushes = pushes.number AND p.state IN ('confirming', 'unresolved'));
