// The journal, live: newest first, filtered, a bounded number of rows.

import { at, drop, get } from './api.js';
import { $, el, later, soon } from './dom.js';
import { on } from './events.js';
import { attempt } from './notice.js';
import { apiName, failedPayment, refused, row } from './record.js';
import { onShow, show } from './tabs.js';
import { ready } from './words.js';

const pageSize = 100; // records asked for at once
const maxRows = 400; // kept in the page; the rest is an export or a narrower filter away
const scan = 500; // asked for at once when the page picks the refusals itself

let newest = 0; // the highest seq that was looked at
let oldest = 0; // and the lowest
let paused = false;
let payment = '';
let single = 0; // the one record that is shown, or 0
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

const wanted = (records) => records.filter((r) => !onlyRefusals() || refused(r) || failedPayment(r));

// insert puts rows where they belong by the time that they show: a record is numbered
// when it ends, so one that took long comes after younger ones.
function insert(records) {
  const list = $('records');
  const later = (a, b) => b.at - a.at || b.seq - a.seq;
  for (const r of wanted(records)) {
    const item = row(r, byPayment);
    const mine = { at: Number(item.dataset.at), seq: r.seq };
    const of = (e) => ({ at: Number(e.dataset.at), seq: Number(e.dataset.seq) });
    if (list.lastChild && later(of(list.lastChild), mine) < 0) { list.append(item); continue; }
    let place = list.firstChild;
    while (place && later(of(place), mine) < 0) place = place.nextSibling;
    list.insertBefore(item, place);
  }
}

const highest = (records) => records.reduce((n, r) => Math.max(n, r.seq), 0);
const lowest = (records) => records.reduce((n, r) => Math.min(n, r.seq), Infinity);

// reload shows the newest that the filter lets through.
async function reload() {
  const mine = ++generation;
  await ready;
  const got = await attempt(() => (single ? one() : page({})));
  if (!got || mine !== generation) return;
  $('records').replaceChildren();
  insert(got.records);
  newest = highest(got.records);
  oldest = got.records.length ? lowest(got.records) : 0;
  finish(got);
}

// one is a page of the single record that was asked for.
const one = async () => ({ records: [await get(`/journal/${single}`, { exact: true })] });

// follow adds what is new.
async function follow() {
  if (paused) { count(); return; }
  if (single) return;
  const mine = generation;
  const got = await attempt(() => page({ after: newest }));
  if (!got || mine !== generation) return;
  if (got.records.length >= pageSize) { await reload(); return; } // too much at once to join it
  if (got.records.length) {
    const above = document.activeElement?.closest?.('#records');
    insert(got.records);
    newest = highest(got.records);
    if (!oldest) oldest = lowest(got.records);
    if (!above) trim();
  }
  finish(got, true);
}

async function older() {
  const mine = generation;
  const got = await attempt(() => page({ before: oldest }));
  if (!got || mine !== generation) return;
  insert(got.records);
  if (got.records.length) oldest = lowest(got.records);
  finish(got);
}

function trim() {
  const list = $('records');
  while (list.children.length > maxRows) list.lastChild.remove();
  if (list.children.length === maxRows) oldest = [...list.children].reduce((n, e) => Math.min(n, Number(e.dataset.seq)), Infinity);
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
  const narrowed = [...filter()].length > 0 || onlyRefusals() || single > 0;
  $('journal-empty').hidden = shown > 0;
  $('journal-empty').firstElementChild.textContent = narrowed ? 'Nothing matches the filter.' : 'Nothing here yet.';
  const text = paused ? `Paused, ${waiting} new` : `${shown} shown, newest first, times in EAT`;
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
  single = 0;
  return narrowTo(id ? `Payment ${id}, show all` : '');
}

// showRecord shows one record, opened, among those of its payment.
export async function showRecord(id, seq) {
  $('filter').reset();
  await byPayment(id);
  let found = $('records').querySelector(`[data-seq="${Number(seq)}"]`);
  if (!id || !found) {
    payment = '';
    single = Number(seq);
    await narrowTo(`Record ${seq}, show all`);
    found = $('records').querySelector(`[data-seq="${Number(seq)}"]`);
  }
  if (!found) return;
  if (!found.querySelector('.detail')) found.firstChild.click();
  found.firstChild.focus();
  found.scrollIntoView({ block: 'nearest' });
}

function narrowTo(text) {
  $('f-payment').hidden = !text;
  $('f-payment').textContent = text;
  show('journal');
  return reload();
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
