// Which customer's phone is shown, and which others have an open prompt.

import { get } from './api.js';
import { $, el, soon } from './dom.js';
import { on } from './events.js';
import { money, msisdn } from './format.js';
import { held, hold } from './phone.js';

const first = '254708374149'; // the sandbox's public number
const maxListed = 500;
let known = [];
const watchers = [];

// onPhones calls f with every phone of the world whenever one may have changed.
export const onPhones = (f) => watchers.push(f);

const address = (number) => {
  const url = new URL(location.href);
  url.searchParams.set('phone', number);
  history.replaceState(null, '', url);
};

export function choose(number) {
  $('customer').value = number;
  address(number);
  hold(number);
  draw();
}

function draw() {
  $('customer-list').replaceChildren(...known.slice(0, maxListed).map((p) => el('option', { value: p.number }, `${p.name}, ${money(p.balance_cents)}`)));
  const ringing = known.filter((p) => p.prompt && p.number !== held()).slice(0, 6);
  $('waiting').replaceChildren(...ringing.map((p) =>
    el('li', {}, el('button', { type: 'button', onclick: () => choose(p.number) }, `${p.number}: open prompt`))));
}

const read = soon(120, async () => {
  try {
    known = (await get('/phones')).phones;
    draw();
    for (const f of watchers) f(known);
  } catch { /* the header says that nothing answers */ }
});

export function start() {
  $('customers').addEventListener('submit', (e) => {
    e.preventDefault();
    const number = msisdn($('customer').value);
    $('customer').setAttribute('aria-invalid', String(!number));
    if (!number) { $('phone-error').textContent = 'A phone number is 2547XXXXXXXX or 2541XXXXXXXX.'; return; }
    choose(number);
  });
  // A number picked from the list is complete, and needs no Enter.
  $('customer').addEventListener('input', () => {
    const picked = known.find((p) => p.number === $('customer').value);
    if (picked && picked.number !== held()) choose(picked.number);
  });
  $('customer').addEventListener('focus', () => $('customer').select());
  on('open prompt prompt_ended phone reset', read);
  choose(msisdn(new URLSearchParams(location.search).get('phone') || '') || first);
}
