// Callbacks: planned, held, delivered, failed; and sending one again.

import { get, post } from './api.js';
import { now } from './clock.js';
import { $, el, soon } from './dom.js';
import { on } from './events.js';
import { shortURL, time, timeFull, wait } from './format.js';
import { byPayment } from './journal.js';
import { attempt } from './notice.js';
import { isShown, onShow } from './tabs.js';
import { inWords, ready, tone } from './words.js';

const maxRows = 200;
const tones = { planned: 'info', held: 'warn', sending: 'info', delivered: 'good', failed: 'bad', dropped: 'warn' };
let holding = false;

function answer(c) {
  const times = c.attempts > 1 ? ` (${c.attempts} times)` : ''; // copies, mostly: Daraja tries once
  if (c.last_error) return c.last_error + times;
  return c.last_status ? `HTTP ${c.last_status}${times}` : '';
}

function due(c) {
  const ahead = Date.parse(c.due_at) - now();
  const text = ahead > 0 && c.status === 'planned' ? `in ${wait(ahead)}` : time(c.due_at);
  return el('time', { datetime: c.due_at, title: timeFull(c.due_at) }, text);
}

const resend = (c) => attempt(() => post(`/callbacks/${encodeURIComponent(c.id)}/resend`));

// reference is what the push named its payment; the callback itself does not carry it.
let references = new Map();

async function readReferences() {
  try {
    const { payments } = await get('/payments?limit=200');
    references = new Map(payments.map((p) => [p.id, p.reference]));
  } catch { /* the callbacks are shown without it */ }
}

function result(c) {
  const code = c.body?.Body?.stkCallback?.ResultCode;
  if (code === undefined) return '';
  return el('span', { class: 'outcome', 'data-tone': tone(code) }, inWords(code));
}

function row(c) {
  return el('tr', {},
    el('td', {}, el('span', { class: 'tag', 'data-tone': tones[c.status] || '' }, c.status)),
    el('td', {}, due(c)), el('td', {}, result(c)), el('td', {}, c.reference ?? references.get(c.checkout_request_id) ?? '', el('span', { class: 'under' }, c.phone)),
    el('td', {}, el('span', { class: 'mono', title: c.url }, shortURL(c.url, 30)), el('span', { class: 'under long' }, answer(c))),
    el('td', {}, el('div', { class: 'bar' },
      el('button', { type: 'button', class: 'text', 'aria-label': `Send the callback of ${c.checkout_request_id} again`, onclick: () => resend(c) }, 'Resend'),
      el('button', { type: 'button', class: 'text', 'aria-label': `Journal of ${c.checkout_request_id}`, onclick: () => byPayment(c.checkout_request_id) }, 'Journal'))));
}

async function read() {
  if (!isShown('callbacks')) return;
  await attempt(async () => {
    await ready;
    const [got] = await Promise.all([get('/callbacks'), readReferences()]);
    const all = got.callbacks;
    holding = got.holding;
    $('hold').setAttribute('aria-checked', String(holding));
    $('hold').textContent = holding ? 'Release callbacks' : 'Hold callbacks';
    const open = all.filter((c) => ['planned', 'held', 'sending'].includes(c.status)).length;
    $('callbacks-count').textContent = `${all.length} ${all.length === 1 ? 'callback' : 'callbacks'}, ${open} to go${holding ? ', all held' : ''}; times in EAT`;
    $('callbacks-empty').hidden = all.length > 0;
    $('callback-table').hidden = all.length === 0;
    const newestFirst = [...all].sort((a, b) => Date.parse(b.due_at) - Date.parse(a.due_at));
    $('callback-table').tBodies[0].replaceChildren(...newestFirst.slice(0, maxRows).map(row));
  });
}

export function start() {
  $('hold').addEventListener('click', () => attempt(async () => { await post(holding ? '/callbacks/release' : '/callbacks/hold'); await read(); }));
  onShow('callbacks', read);
  on('open reset record prompt_ended clock', soon(200, read));
}
