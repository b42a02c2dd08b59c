// A push without a shell: the dialog behind the Pay buttons.

import { post } from './api.js';
import { $ } from './dom.js';
import { cents, money, msisdn } from './format.js';
import { say } from './notice.js';
import { held } from './phone.js';

let count = 1;

function open() {
  $('pay-phone').value = held();
  if (!$('pay-amount').value) $('pay-amount').value = '150';
  $('pay-reference').value = `INV-${count}`;
  $('pay-error').textContent = '';
  $('pay-dialog').showModal();
  $('pay-amount').select();
}

function fail(id, text) {
  $('pay-error').textContent = text;
  $(id).setAttribute('aria-invalid', 'true');
  $(id).focus();
}

async function send() {
  for (const id of ['pay-phone', 'pay-amount']) $(id).removeAttribute('aria-invalid');
  $('pay-error').textContent = '';
  const amount = cents($('pay-amount').value);
  if (!msisdn($('pay-phone').value)) { fail('pay-phone', 'A phone number is 2547XXXXXXXX or 2541XXXXXXXX.'); return; }
  if (!Number.isFinite(amount)) { fail('pay-amount', 'An amount is a number of shillings, such as 150.'); return; }
  $('pay-send').disabled = true;
  try {
    const phone = msisdn($('pay-phone').value);
    const answer = await post('/payments', {
      phone, amount: amount / 100, reference: $('pay-reference').value.trim(), callback_url: $('pay-url').value.trim(),
    });
    count++;
    $('pay-dialog').close();
    say(`Push for ${money(amount)} sent to ${phone}. ${answer.customer_message || ''}`, 'good');
  } catch (e) {
    $('pay-error').textContent = e.message;
  } finally {
    $('pay-send').disabled = false;
  }
}

export function start() {
  for (const id of ['pay', 'pay-top']) $(id).addEventListener('click', open);
  $('pay-cancel').addEventListener('click', () => $('pay-dialog').close());
  $('pay-form').addEventListener('submit', (e) => { e.preventDefault(); send(); });
}
