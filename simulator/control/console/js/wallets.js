// Customers, organisations and the ledger.

import { get } from './api.js';
import { edit } from './customer.js';
import { choose } from './customers.js';
import { $, el, soon } from './dom.js';
import { on } from './events.js';
import { money, time, timeFull } from './format.js';
import { byPayment } from './journal.js';
import { attempt } from './notice.js';
import { isShown, onShow } from './tabs.js';

const maxRows = 200;

const fill = (id, rows) => $(id).tBodies[0].replaceChildren(...rows);
const cell = (text, kind) => el('td', { class: kind || false }, text);

function state(p) {
  if (!p.on) return el('span', { class: 'tag', 'data-tone': 'bad' }, 'off');
  if (p.prompt) return el('span', { class: 'tag', 'data-tone': 'warn' }, 'open prompt');
  return el('span', { class: 'tag' }, 'on');
}

function drawCustomers(phones) {
  fill('wallet-table', phones.slice(0, maxRows).map((p) => el('tr', {},
    el('td', {}, el('button', { type: 'button', class: 'text', 'aria-label': `Show the phone ${p.number}`, onclick: () => choose(p.number) }, p.number)),
    cell(p.name, 'wrap short'), cell(money(p.balance_cents), 'num'), el('td', {}, state(p)),
    el('td', {}, el('button', { type: 'button', class: 'text', 'aria-label': `Edit ${p.number}`, onclick: () => edit(p) }, 'Edit')))));
}

function drawOrganisations(all) {
  fill('organisations', all.map((o) => el('tr', {},
    cell(o.till ? `${o.till} (store ${o.shortcode})` : o.shortcode), cell(o.name, 'wrap short'), cell(money(o.balance_cents), 'num'))));
}

function drawLedger(entries) {
  $('ledger-empty').hidden = entries.length > 0;
  $('ledger').hidden = entries.length === 0;
  fill('ledger', entries.slice(-maxRows).reverse().map((e) => el('tr', {},
    el('td', {}, el('time', { datetime: e.at, title: timeFull(e.at) }, time(e.at))), cell(e.receipt, 'mono'), cell(e.phone), cell(e.shortcode),
    cell(e.account_reference, 'wrap'), cell(money(e.amount_cents), 'num'),
    el('td', {}, el('button', { type: 'button', class: 'text', 'aria-label': `Journal of ${e.receipt}`, onclick: () => byPayment(e.checkout_request_id) }, 'Journal')))));
}

async function read() {
  if (!isShown('wallets')) return;
  await attempt(async () => {
    const [phones, organisations, ledger] = await Promise.all([get('/phones'), get('/organisations'), get('/ledger')]);
    drawCustomers(phones.phones);
    drawOrganisations(organisations.organisations);
    drawLedger(ledger.entries);
  });
}

export function start() {
  $('customer-add').addEventListener('click', () => edit(null));
  onShow('wallets', read);
  on('open reset prompt prompt_ended message phone payment scenario', soon(250, read));
}
