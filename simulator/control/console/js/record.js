// A row of the journal: a line that says what happened, and on demand all of it.

import { el } from './dom.js';
import { exactTime, time, timeFull } from './format.js';
import { pretty } from './json.js';

const kinds = { request: ['Request', 'plain'], callback: ['Callback', 'info'], action: ['Action', 'good'] };
const apis = { oauth: 'Token', stkpush: 'STK push', stkquery: 'STK query' };

export const apiName = (api) => apis[api] || api;

// refused tells whether something was turned away or did not arrive.
export const refused = (r) => Boolean(r.error_code) || r.status >= 400 || (r.kind === 'callback' && Boolean(r.error));

function title(r) {
  if (r.kind === 'callback') return `Callback${resultOf(r)}`;
  if (r.kind === 'action') return r.api ? `${apiName(r.api)}` : '';
  return apiName(r.api) || `${r.method} ${r.url}`;
}

// resultOf is the result that a callback carries.
function resultOf(r) {
  const code = r.request?.Body?.stkCallback?.ResultCode;
  return code === undefined ? '' : ` ${code?.source ?? code}`;
}

function status(r) {
  if (r.kind === 'action') return el('span', { class: 'status' }, '');
  if (!r.status) return el('span', { class: 'status', 'data-bad': !r.dropped }, r.dropped ? 'lost' : 'none');
  return el('span', { class: 'status', 'data-bad': r.status >= 400, 'data-good': r.status < 400 }, r.status);
}

// why is the reason, or what kept the answer away, or what a callback says.
function why(r) {
  const text = r.reason || r.error || (r.dropped ? 'Lost on purpose: nothing was sent.' : r.request?.Body?.stkCallback?.ResultDesc);
  if (!text) return null;
  return el('span', { class: refused(r) ? 'why' : 'note' }, text);
}

function line(r, open) {
  const [kind, tone] = kinds[r.kind] || [r.kind, ''];
  const sides = [r.phone, r.amount && `Ksh ${r.amount}`, r.reference].filter(Boolean);
  return el('button', { type: 'button', class: 'record-line', 'aria-expanded': 'false', onclick: open },
    el('time', { datetime: r.at, title: timeFull(r.at) }, time(r.at)),
    el('span', { class: 'tag', 'data-tone': tone }, kind),
    status(r),
    el('span', { class: 'what' },
      title(r) && el('b', {}, title(r)),
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
  return el('div', {}, el('h3', {}, name), el('pre', { tabindex: '0', role: 'region', 'aria-label': name }, pretty(value)));
}

const fact = (name, value, mono) => (value ? [el('dt', {}, name), el('dd', { class: mono ? 'mono' : false }, value)] : []);

function detail(r, showPayment) {
  const headers = Object.entries(r.request_header || {}).map(([k, v]) => `${k}: ${v}`).join('\n');
  return el('div', { class: 'detail' },
    refused(r) && r.reason && el('p', { class: 'reason' }, r.reason),
    el('dl', {},
      fact('When', `${exactTime(r.at)} EAT, number ${r.seq}`),
      fact(r.kind === 'callback' ? 'Sent to' : 'Asked', [r.method, r.url].filter(Boolean).join(' '), true),
      fact('What happened', refused(r) ? '' : r.reason),
      fact('Decided by', r.by),
      fact('Done on purpose', (r.faults || []).join(', ')),
      fact('No answer', r.error),
      fact('Shortcode', r.shortcode),
      r.payment ? [el('dt', {}, 'Payment'), el('dd', {}, el('button', { type: 'button', class: 'text', onclick: () => showPayment(r.payment) }, r.payment))] : [],
    ),
    el('div', { class: 'bodies' },
      body(r.kind === 'callback' ? 'Callback body' : 'Request body', r.request),
      body(r.kind === 'callback' ? 'Receiver answered' : 'Answer', r.response),
      body('Headers', headers),
    ),
  );
}

// row makes the row of a record; showPayment is called with a payment to filter by.
export function row(r, showPayment) {
  const item = el('li', { class: refused(r) ? 'record refused' : 'record', 'data-seq': r.seq });
  const toggle = () => {
    const shown = item.querySelector('.detail');
    if (shown) shown.remove();
    else item.append(detail(r, showPayment));
    item.firstChild.setAttribute('aria-expanded', String(!shown));
  };
  item.append(line(r, toggle));
  return item;
}
