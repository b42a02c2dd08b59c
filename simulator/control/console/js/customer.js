// The dialog that adds a customer, or edits one: name, PIN, balance, switched on.

import { putJSON } from './api.js';
import { $ } from './dom.js';
import { cents, msisdn, shillings } from './format.js';
import { say } from './notice.js';

const maxBalance = 50_000_000; // cents: M-PESA's cap of KES 500,000
let before = null; // the customer that is edited, or null for a new one
let was = ''; // the balance as the dialog first had it

export function edit(customer) {
  before = customer;
  $('customer-title').textContent = customer ? `Edit ${customer.number}` : 'Add a customer';
  $('c-phone').value = customer?.number ?? '';
  $('c-phone').readOnly = Boolean(customer);
  $('c-name').value = customer?.name ?? '';
  $('c-pin').value = customer?.pin ?? '1234';
  $('c-balance').value = shillings(customer?.balance_cents ?? 1_000_000);
  was = customer ? $('c-balance').value : '';
  $('c-on').checked = customer?.on ?? true;
  $('customer-error').textContent = '';
  for (const id of ['c-phone', 'c-pin', 'c-balance']) $(id).removeAttribute('aria-invalid');
  $('customer-dialog').showModal();
  (customer ? $('c-balance') : $('c-phone')).select();
}

function fail(id, text) {
  $('customer-error').textContent = text;
  $(id).setAttribute('aria-invalid', 'true');
  $(id).focus();
}

// changes are the fields that differ from before: money that moved meanwhile stays
// moved when only the name is edited.
function changes() {
  const all = { name: $('c-name').value.trim(), pin: $('c-pin').value, balance_cents: cents($('c-balance').value), on: $('c-on').checked };
  return Object.fromEntries(Object.entries(all).filter(([name, value]) => !before || before[name] !== value));
}

async function save() {
  for (const id of ['c-phone', 'c-pin', 'c-balance']) $(id).removeAttribute('aria-invalid');
  const number = msisdn($('c-phone').value), balance = cents($('c-balance').value);
  if (!number) { fail('c-phone', 'A phone number is 2547XXXXXXXX or 2541XXXXXXXX.'); return; }
  if (!/^\d{4}$/.test($('c-pin').value)) { fail('c-pin', 'A PIN is four digits.'); return; }
  if ($('c-balance').value !== was && !(balance <= maxBalance)) { fail('c-balance', 'A balance is from KES 0 to KES 500,000, which is M-PESA\'s limit.'); return; }
  try {
    const saved = await putJSON(`/phones/${number}`, changes());
    $('customer-dialog').close();
    say(`Saved ${saved.name || number}.`, 'good');
  } catch (e) {
    $('customer-error').textContent = e.message;
  }
}

export function start() {
  $('customer-cancel').addEventListener('click', () => $('customer-dialog').close());
  $('customer-form').addEventListener('submit', (e) => { e.preventDefault(); save(); });
}
