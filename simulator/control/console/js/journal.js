// The journal, live: newest first, filtered, a bounded number of rows.

import { at, drop, get } from './api.js';
import { $, el, later, soon } from './dom.js';
import { on } from './events.js';
import { attempt } from './notice.js';
import { apiName, refused, row } from './record.js';
import { onShow, show } from './tabs.js';

const pageSize = 100; // records asked for at once
const maxRows = 400; // kept in the page; the rest is an export or a narrower filter away
const scan = 500; // asked for at once when the page picks the refusals itself

let newest = 0; // seq of the first row
let oldest = 0; // and of the last one looked at
let paused = false;
let payment = '';
let generation = 0; // of the filter, so that a late answer to the one before is dropped
const seenAPIs = new Set();

function filter() {
  const q = new URLSearchParams();
  const set = (name, value) => { if (value) q.set(name, value); };
  set('text', $('f-text').value.trim());
  set('kind', $('f-kind').value);
  set('api', $('f-api').value);
  set('phone', $('f-phone').value.replace(/[\s+-]/g, ''));
  set('payment', payment);
  return q;
}

const onlyRefusals = () => $('f-refused').checked;

async function page(more) {
  const q = filter();
  q.set('newest', '1');
  q.set('limit', String(onlyRefusals() ? scan : pageSize));
  for (const [name, value] of Object.entries(more)) q.set(name, String(value));
  return get(`/journal?${q}`, { exact: true });
}

const wanted = (records) => records.filter((r) => !onlyRefusals() || refused(r));
const rows = (records) => wanted(records).map((r) => row(r, byPayment));

// reload shows the newest that the filter lets through.
async function reload() {
  const mine = ++generation;
  const got = await attempt(() => page({}));
  if (!got || mine !== generation) return;
  $('records').replaceChildren(...rows(got.records));
  newest = got.records[0]?.seq ?? 0;
  oldest = got.records.at(-1)?.seq ?? 0;
  finish(got);
}

// follow puts what is new on top.
async function follow() {
  if (paused) { count(); return; }
  const mine = generation;
  const got = await attempt(() => page({ after: newest }));
  if (!got || mine !== generation) return;
  if (got.records.length >= pageSize) { await reload(); return; } // too much at once to join it
  if (got.records.length) {
    const above = document.activeElement?.closest?.('#records');
    $('records').prepend(...rows(got.records));
    newest = got.records[0].seq;
    if (!oldest) oldest = got.records.at(-1).seq;
    if (!above) trim();
  }
  finish(got, true);
}

async function older() {
  const mine = generation;
  const got = await attempt(() => page({ before: oldest }));
  if (!got || mine !== generation) return;
  $('records').append(...rows(got.records));
  oldest = got.records.at(-1)?.seq ?? oldest;
  finish(got);
}

function trim() {
  const list = $('records');
  while (list.children.length > maxRows) list.lastChild.remove();
  const last = list.lastChild;
  if (last && list.children.length === maxRows) oldest = Number(last.dataset.seq);
}

function finish(got, following) {
  for (const r of got.records) learn(r.api);
  if (!following) {
    const limit = onlyRefusals() ? scan : pageSize;
    $('journal-older').hidden = got.records.length < limit || $('records').children.length >= maxRows;
  }
  waiting = 0;
  count();
  const q = filter();
  $('export-jsonl').href = `${at('/journal.jsonl')}?${q}`;
  $('export-har').href = `${at('/journal.har')}?${q}`;
}

let waiting = 0;

function count() {
  const shown = $('records').children.length;
  const narrowed = [...filter()].length > 0 || onlyRefusals();
  $('journal-empty').hidden = shown > 0;
  $('journal-empty').firstElementChild.textContent = narrowed ? 'Nothing matches the filter.' : 'Nothing here yet.';
  const text = paused ? `Paused, ${waiting} new` : `${shown} shown, newest first`;
  if ($('journal-count').textContent !== text) $('journal-count').textContent = text;
}

// learn offers an API in the filter once it was seen.
function learn(api) {
  if (!api || seenAPIs.has(api)) return;
  seenAPIs.add(api);
  $('f-api').append(el('option', { value: api }, apiName(api)));
}

// byPayment shows everything about one payment.
export function byPayment(id) {
  payment = id;
  $('f-payment').hidden = !id;
  $('f-payment').textContent = id ? `Payment ${id}, show all` : '';
  show('journal');
  reload();
}

export function start() {
  const change = later(200, reload);
  $('f-text').addEventListener('input', change);
  $('f-phone').addEventListener('input', change);
  for (const id of ['f-kind', 'f-api', 'f-refused']) $(id).addEventListener('change', reload);
  $('filter').addEventListener('submit', (e) => { e.preventDefault(); reload(); });
  $('f-payment').addEventListener('click', () => byPayment(''));
  $('journal-older').addEventListener('click', older);
  $('journal-pause').addEventListener('click', () => {
    paused = !paused;
    $('journal-pause').setAttribute('aria-pressed', String(paused));
    $('journal-pause').textContent = paused ? 'Resume' : 'Pause';
    if (paused) count(); else follow();
  });
  $('journal-clear').addEventListener('click', () => attempt(async () => { await drop('/journal'); await reload(); }));
  const followSoon = soon(150, follow);
  on('record', () => { waiting++; followSoon(); });
  on('open lost reset', () => { if (!paused) reload(); });
  onShow('journal', () => { if (!paused) follow(); });
}
