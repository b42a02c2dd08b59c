-- A push has an inquiry of its own: what M-PESA is asked about it because of its
-- callbacks. step_at is when the state of a payment next calls for an act, inquiry_at
-- when the first of the inquiries of its pushes is due, due_at the earlier of the two.

-- +goose Up
ALTER TABLE pushes ADD COLUMN inquiry text NOT NULL DEFAULT '';
ALTER TABLE payments ADD COLUMN step_at timestamptz;
ALTER TABLE payments ADD COLUMN inquiry_at timestamptz;
-- What a replica of an earlier release, which knows due_at alone, has put off for ever.
CREATE INDEX payments_inquiry ON payments (inquiry_at) WHERE inquiry_at IS NOT NULL AND due_at IS NULL;

-- What has failed is asked about by the inquiry of a push alone.
UPDATE payments SET step_at = due_at WHERE due_at IS NOT NULL AND state NOT IN ('failed', 'presumed_failed');
UPDATE payments SET inquiry_at = due_at WHERE due_at IS NOT NULL AND state IN ('failed', 'presumed_failed');
UPDATE pushes s SET inquiry = json_build_object('due', (extract(epoch FROM p.due_at) * 1000000)::bigint, 'asked', p.checks,
    'claimed', p.claimed, 'what', 'a callback before the upgrade', 'money', true, 'proven', true)::text
FROM payments p WHERE p.id = s.payment_id AND p.inquiry_at IS NOT NULL AND s.checkout_request_id = p.checkout_request_id;

-- A claim of an earlier push than the latest is asked about by the inquiry of that push.
UPDATE payments p SET inquiry_at = due_at WHERE due_at IS NOT NULL AND state IN ('confirming', 'unresolved')
    AND EXISTS (SELECT 1 FROM pushes s WHERE s.payment_id = p.id AND s.number < p.pushes
        AND s.checkout_request_id <> '' AND s.checkout_request_id = p.checkout_request_id);
UPDATE pushes s SET inquiry = json_build_object('due', (extract(epoch FROM p.inquiry_at) * 1000000)::bigint,
    'claimed', p.claimed, 'what', 'a callback before the upgrade', 'money', true, 'proven', true)::text
FROM payments p WHERE p.id = s.payment_id AND p.inquiry_at IS NOT NULL AND p.state IN ('confirming', 'unresolved')
    AND s.checkout_request_id <> '' AND s.checkout_request_id = p.checkout_request_id AND s.number < p.pushes;
UPDATE payments p SET state = CASE state WHEN 'confirming' THEN 'pending' ELSE state END, claimed = '', checks = 0, step_at = step_at + interval '1 hour'
WHERE inquiry_at IS NOT NULL AND state IN ('confirming', 'unresolved');

-- What a callback of the latest push said is in the log of callbacks alone: it may have claimed money.
UPDATE pushes s SET inquiry = '{"what":"a callback before the upgrade","money":true,"proven":true}'
FROM payments p WHERE p.id = s.payment_id AND s.inquiry = '' AND s.questions > 0
    AND p.pushes = s.number AND p.state IN ('confirming', 'unresolved');
