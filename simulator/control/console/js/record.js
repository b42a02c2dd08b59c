// A row of the journal: a line that says what happened, and on demand all of it.

import { copyButton, el } from './dom.js';
import { cents, exactTime, money, time, timeFull } from './format.js';
import { pretty } from './json.js';
import { inWords, tone } from './words.js';

const kinds = { request: ['Request', 'plain'], callback: ['Callback', 'info'], action: ['Action', 'plain'] };
const apis = { oauth: 'Token', stkpush: 'STK push', stkquery: 'STK query' };

export const apiName = (api) => apis[api] || api;

// refused tells whether a request was refused or a callback did not arrive.
export const refused = (r) => Boolean(r.error_code) || r.status >= 400 || (r.kind === 'callback' && Boolean(r.error));

// resultOf is the result code that a callback or the answer to a query carries, or ''.
function resultOf(r) {
  const code = r.kind === 'callback' ? r.request?.Body?.stkCallback?.ResultCode : r.api === 'stkquery' ? r.response?.ResultCode : undefined;
  return code === undefined || code === null ? '' : String(code.source ?? code);
}

// failedPayment tells whether a record says that a payment failed.
export const failedPayment = (r) => !['', '0'].includes(resultOf(r)) && !['4999', '500.001.1001'].includes(resultOf(r));

function title(r) {
  if (r.kind === 'callback') return 'Callback';
  if (r.kind === 'action') return r.api ? `${apiName(r.api)}` : '';
  return apiName(r.api) || `${r.method} ${r.url}`;
}

// result is the outcome in words, with its code and its colour.
function result(r) {
  const code = resultOf(r);
  return code && el('span', { class: 'outcome', 'data-tone': code === '4999' ? 'info' : tone(code) }, code === '0' ? inWords(code) : `${inWords(code)} (${code})`);
}

// status is the HTTP status. That of a callback is no success when the payment failed.
function status(r) {
  if (r.kind === 'action') return el('span', { class: 'status' }, '');
  if (!r.status) return el('span', { class: 'status', 'data-bad': !r.dropped }, r.dropped ? 'lost' : 'none');
  return el('span', { class: 'status', 'data-bad': r.status >= 400, 'data-good': r.status < 400 && !failedPayment(r) }, r.status);
}

// why is the reason, or what kept the answer away, or what a callback says.
function why(r) {
  const text = r.reason || r.error || (r.dropped ? 'Lost by a rule: nothing was sent.' : r.request?.Body?.stkCallback?.ResultDesc);
  if (!text) return null;
  return el('span', { class: refused(r) ? 'why' : 'note' }, text);
}

function line(r, open) {
  const [kind, tone] = kinds[r.kind] || [r.kind, ''];
  const amount = r.amount ? cents(String(r.amount)) : NaN;
  const sides = [r.phone, Number.isFinite(amount) ? money(amount) : r.amount, r.reference].filter(Boolean);
  return el('button', { type: 'button', class: 'record-line', 'aria-expanded': 'false', onclick: open },
    el('time', { datetime: r.at, title: timeFull(r.at) }, time(r.at)),
    el('span', { class: 'tag', 'data-tone': tone }, kind),
    status(r),
    el('span', { class: 'what' },
      title(r) && el('b', {}, title(r)),
      result(r),
      r.error_code && el('span', { class: 'side' }, r.error_code),
      ...sides.map((s) => el('span', { class: 'side' }, s)),
      ...(r.faults || []).map((f) => el('span', { class: 'fault-chip' }, f)),
      r.by && !r.reason?.includes(r.by) && el('span', { class: 'by' }, `by ${r.by}`),
      why(r),
    ),
  );
}

function body(name, value) {
  if (value === null || value === undefined || value === '') return null;
  const text = pretty(value);
  return el('div', {}, el('div', { class: 'body-head' }, el('h3', {}, name), copyButton(name, () => text.map((n) => n.textContent ?? n).join(''))), el('pre', { tabindex: '0', role: 'region', 'aria-label': name }, text));
}

const fact = (name, value, mono) => (value ? [el('dt', {}, name), el('dd', { class: mono ? 'mono' : false }, value)] : []);

function detail(r, showPayment) {
  const headers = Object.entries(r.request_header || {}).map(([k, v]) => `${k}: ${v}`).join('\n');
  return el('div', { class: 'detail' },
    refused(r) && r.reason && el('p', { class: 'reason' }, r.reason),
    el('dl', {},
      fact('When', `${exactTime(r.at)} EAT, number ${r.seq}`),
      fact(r.kind === 'callback' ? 'Sent to' : 'Request', [r.method, r.url].filter(Boolean).join(' '), true),
      fact('What happened', refused(r) ? '' : r.reason),
      fact('Decided by', r.by),
      fact('Faults added', (r.faults || []).join(', ')),
      fact('No answer', r.error),
      fact('Shortcode', r.shortcode),
      r.payment ? [el('dt', {}, 'Payment'), el('dd', {}, el('button', { type: 'button', class: 'text', onclick: () => showPayment(r.payment) }, r.payment), ' ', copyButton('the payment id', () => r.payment))] : [],
    ),
    el('div', { class: 'bodies' },
      body(r.kind === 'callback' ? 'Callback body' : 'Request body', r.request),
      body(r.kind === 'callback' ? 'Receiver answered' : 'Answer', r.response),
      body('Headers', headers),
    ),
    el('div', { class: 'bar' }, copyButton('the record as JSON', () => pretty(r).map((n) => n.textContent ?? n).join(''), 'Copy JSON')),
  );
}

// row makes the row of a record; showPayment is called with a payment to filter by.
export function row(r, showPayment) {
  const item = el('li', { class: refused(r) ? 'record refused' : failedPayment(r) ? 'record failed' : 'record', 'data-seq': r.seq, 'data-at': Date.parse(r.at) });
  const toggle = () => {
    const shown = item.querySelector('.detail');
    if (shown) shown.remove();
    else item.append(detail(r, showPayment));
    item.firstChild.setAttribute('aria-expanded', String(!shown));
  };
  item.append(line(r, toggle));
  return item;
}
