// The payments: each STK push with its status in words, and on demand its timeline.

import { get } from './api.js';
import { $, copyButton, el, later, soon } from './dom.js';
import { on } from './events.js';
import { exactTime, money, msisdn, time, timeFull } from './format.js';
import { byPayment, showRecord } from './journal.js';
import { attempt } from './notice.js';
import { isShown, onShow } from './tabs.js';

const pageSize = 50;
const maxRows = 500;
const tones = {
  waiting: 'info', paid: 'good', cancelled: 'warn', expired: 'warn', unreachable: 'warn',
  wrong_pin: 'bad', no_money: 'bad', failed: 'bad', refused: 'bad',
};

let list = []; // newest first
let next = ''; // cursor of the page after the last row
let generation = 0; // of the filter
const rows = new Map(); // key of a payment to its row

const key = (p) => p.id || `record ${p.record}`;

async function page(before) {
  const q = new URLSearchParams({ limit: String(pageSize) });
  const phone = msisdn($('p-phone').value);
  if ($('p-status').value) q.set('status', $('p-status').value);
  if (phone) q.set('phone', phone);
  if (before) q.set('before', before);
  return get(`/payments?${q}`);
}

// join puts the newest page before the rows that are older than it.
function join(got) {
  const keys = new Set(got.payments.map(key));
  const overlaps = list.some((p) => keys.has(key(p)));
  if (!got.next || !overlaps) { list = got.payments; next = got.next; return; }
  const older = list.slice(list.findLastIndex((p) => keys.has(key(p))) + 1);
  list = [...got.payments, ...older].slice(0, maxRows);
  if (!older.length) next = got.next;
}

async function read() {
  if (!isShown('payments')) return;
  const mine = generation;
  const got = await attempt(() => page(''));
  if (!got || mine !== generation) return;
  join(got);
  draw();
}

async function older() {
  const mine = generation;
  const got = await attempt(() => page(next));
  if (!got || mine !== generation) return;
  const keys = new Set(list.map(key));
  list.push(...got.payments.filter((p) => !keys.has(key(p))));
  next = got.next;
  draw();
}

function refilter() {
  const text = $('p-phone').value.trim();
  $('p-phone').setAttribute('aria-invalid', String(Boolean(text) && !msisdn(text)));
  generation++;
  list = [];
  return read();
}

function draw() {
  const narrowed = Boolean($('p-status').value || msisdn($('p-phone').value));
  $('payment-list').hidden = !list.length;
  $('payments-empty').hidden = list.length > 0;
  $('payments-empty').firstElementChild.textContent = narrowed ? 'No payment matches the filter.' : 'No payment yet.';
  $('payments-older').hidden = !next || list.length >= maxRows;
  const count = `${list.length}${next ? ' newest' : ''} ${list.length === 1 ? 'payment' : 'payments'}, newest first, times in EAT`;
  if ($('payments-count').textContent !== count) $('payments-count').textContent = list.length ? count : '';
  const wanted = new Set(list.map(key));
  for (const [k, row] of rows) if (!wanted.has(k)) { row.item.remove(); rows.delete(k); }
  let before = null;
  for (const p of list) {
    const row = rows.get(key(p)) || add(p);
    update(row, p);
    const place = before ? before.nextSibling : $('payment-rows').firstChild;
    if (place !== row.item) $('payment-rows').insertBefore(row.item, place);
    before = row.item;
  }
}

function add(p) {
  const line = el('button', { type: 'button', class: 'record-line payment-line', 'aria-expanded': 'false' });
  const row = { line, item: el('li', { class: 'record payment' }, line), was: '', payment: p };
  line.addEventListener('click', () => toggle(row));
  rows.set(key(p), row);
  return row;
}

function update(row, p) {
  const now = JSON.stringify(p);
  if (row.was === now) return;
  row.was = now;
  row.payment = p;
  row.item.dataset.status = p.status;
  row.line.replaceChildren(
    el('time', { datetime: p.at, title: timeFull(p.at) }, time(p.at)),
    el('span', { class: 'tag', 'data-tone': tones[p.status] || '' }, p.status === 'refused' ? 'refused' : p.status_text),
    el('b', { class: 'amount num' }, p.amount_cents ? money(p.amount_cents) : ''),
    el('span', { class: 'reference' }, p.reference),
    el('span', { class: 'who' }, el('span', { class: 'phone' }, p.phone), p.name && el('span', { class: 'side' }, p.name)),
    ...(p.status === 'refused' ? [el('span', { class: 'why' }, p.status_text)] : []));
  const detail = row.item.querySelector('.detail');
  if (detail) fill(row, detail);
}

function toggle(row) {
  const shown = row.item.querySelector('.detail');
  row.line.setAttribute('aria-expanded', String(!shown));
  if (shown) { shown.remove(); return; }
  const detail = el('div', { class: 'detail' });
  row.item.append(detail);
  fill(row, detail);
}

const fact = (name, ...value) => (value[0] ? [el('dt', {}, name), el('dd', {}, ...value)] : []);

async function fill(row, detail) {
  const p = row.payment;
  let full = p;
  if (p.id) {
    try {
      full = await get(`/payments/${encodeURIComponent(p.id)}`);
    } catch (e) {
      detail.replaceChildren(el('p', { class: 'reason' }, e.message));
      return;
    }
    if (row.payment !== p) return; // it changed meanwhile, and is read again
  }
  const id = (text, name) => [el('span', { class: 'mono' }, text), ' ', copyButton(name, () => text)];
  detail.replaceChildren(
    p.status === 'refused' ? el('p', { class: 'reason' }, p.status_text) : '',
    el('dl', {},
      fact('Payment', ...(p.id ? id(p.id, 'the payment id') : [])),
      fact('Receipt', ...(p.receipt ? id(p.receipt, 'the receipt') : [])),
      fact('Result', p.result_code && `${p.result_code}: ${p.result_desc}`),
      fact('Decided by', p.decided_by),
      fact('Shortcode', p.shortcode),
      fact('Began', timeFull(p.at)),
      fact('Ended', p.ended_at && timeFull(p.ended_at))),
    timeline(full.timeline || [], p),
    el('div', { class: 'bar' },
      copyButton('the payment as JSON', () => JSON.stringify(full, null, 2), 'Copy JSON'),
      p.id ? el('button', { type: 'button', class: 'quiet', onclick: () => byPayment(p.id) }, 'Show in the journal')
        : p.record ? el('button', { type: 'button', class: 'quiet', onclick: () => showRecord('', p.record) }, 'Show in the journal') : ''));
}

function timeline(events, p) {
  if (!events.length) return '';
  return el('div', {}, el('h3', {}, 'Timeline (EAT)'), el('ol', { class: 'timeline', 'aria-label': 'Timeline' }, events.map((e) => el('li', { 'data-kind': e.kind },
    el('time', { datetime: e.at, title: timeFull(e.at) }, exactTime(e.at)),
    el('span', { class: 'timeline-text' }, e.text),
    e.record ? el('button', { type: 'button', class: 'text', 'aria-label': `Journal record ${e.record}`, onclick: () => showRecord(p.id, e.record) }, `record ${e.record}`) : ''))));
}

export function start() {
  $('p-status').addEventListener('change', refilter);
  $('p-phone').addEventListener('input', later(200, refilter));
  $('payments-filter').addEventListener('submit', (e) => { e.preventDefault(); refilter(); });
  $('payments-older').addEventListener('click', older);
  on('reset', () => { generation++; list = []; });
  on('open reset payment record prompt prompt_ended phone', soon(150, read));
  onShow('payments', read);
}
