// The scenario: choose a ready one, edit it, see its mistakes, put it in charge.

import { call, drop, get, put, Refusal } from './api.js';
import { $, el, later, soon } from './dom.js';
import * as editor from './editor.js';
import { on } from './events.js';
import { attempt, say } from './notice.js';
import { isShown, onShow } from './tabs.js';

const fresh = `name: mine
description: What this is about, in a line.
rules:
  - when: {amount: ">= 1000"}
    then: {result: 1032, after: 2s}
  - then: {result: 0}
`;

let loaded = null; // the scenario in charge, or null
let shownSource = ''; // what the editor was last filled with
let ready = [];
let checks = 0;

const edited = () => editor.text() !== shownSource;

async function read() {
  try {
    loaded = await get('/scenario');
  } catch (e) {
    if (!(e instanceof Refusal) || e.status !== 404) { say(e.message); return; }
    loaded = null;
  }
  const source = loaded?.source ?? fresh;
  if (!edited() && source !== shownSource) fill(source);
  draw();
}

function fill(source) {
  shownSource = source;
  editor.setText(source);
  check();
}

function draw() {
  const name = loaded?.name || loaded?.file;
  $('in-charge').replaceChildren(...(loaded
    ? [el('b', {}, name || 'A scenario without a name'), ' is in charge', loaded.description ? `: ${loaded.description}` : '.', loaded.file && loaded.file !== name ? ` (${loaded.file})` : '']
    : ['No scenario is loaded: customers behave by nature.']));
  $('file-fault').hidden = !loaded?.fault;
  $('file-fault').textContent = loaded?.fault ? `The latest edit of the file was not taken, the rules before it stay: ${loaded.fault}` : '';
  $('scenario-unload').disabled = !loaded;
  $('scenario-revert').disabled = !edited();
}

async function check() {
  const mine = ++checks;
  let verdict;
  try {
    verdict = await call('POST', 'scenarios/check', { body: editor.text() });
  } catch (e) {
    if (mine === checks) tell('bad', e.message, []);
    return;
  }
  if (mine !== checks) return;
  const faults = verdict.faults || [];
  const rules = `${verdict.rules} ${verdict.rules === 1 ? 'rule' : 'rules'}`;
  if (!verdict.ok) tell('bad', faults.length === 1 ? '1 mistake; the rules in charge stay' : `${faults.length} mistakes; the rules in charge stay`, faults);
  else if (edited()) tell('good', `${rules}, no mistakes, not applied yet`, []);
  else tell('good', `${rules}, no mistakes`, []);
  draw();
}

function tell(state, text, faults) {
  $('verdict').dataset.state = state;
  $('verdict').textContent = text;
  $('scenario-apply').disabled = state === 'bad';
  editor.mark(faults.map((f) => f.line));
  $('faults').replaceChildren(...faults.map((f) => el('li', {}, el('button', { type: 'button', onclick: () => editor.goTo(f.line, f.column) },
    el('span', { class: 'place' }, `${f.line}:${f.column}`),
    el('span', {}, f.message),
    hint(f) && el('span', { class: 'hint' }, hint(f))))));
}

function hint(f) {
  const parts = [];
  if (f.expected) parts.push(`Expected ${f.expected}.`);
  if (f.nearest) parts.push(`Did you mean ${f.nearest}?`);
  return parts.join(' ');
}

async function apply() {
  try {
    loaded = await put('/scenario', editor.text());
    shownSource = editor.text();
    $('ready').value = '';
    await check();
    $('verdict').textContent = `Applied: ${$('verdict').textContent}`;
  } catch (e) {
    tell('bad', e.message, e.payload?.faults || []);
  }
  draw();
}

async function choose() {
  const name = $('ready').value;
  if (!name) return;
  const source = await attempt(() => call('GET', `scenarios/${encodeURIComponent(name)}`));
  if (source === undefined) return;
  editor.setText(source);
  await check();
}

async function readReady() {
  const answer = await attempt(() => call('GET', 'scenarios'));
  if (!answer) return;
  ready = answer.scenarios;
  const group = (label, list) => (list.length ? [el('optgroup', { label }, list.map((s) => el('option', { value: s.name, title: s.description }, s.name)))] : []);
  $('ready').replaceChildren(el('option', { value: '' }, 'a ready scenario …'),
    ...group('Presets', ready.filter((s) => s.preset)), ...group('Cases', ready.filter((s) => !s.preset)));
}

export function start() {
  const checkSoon = later(250, check);
  editor.start(() => { draw(); checkSoon(); });
  $('ready').addEventListener('change', choose);
  $('scenario-apply').addEventListener('click', apply);
  $('scenario-revert').addEventListener('click', () => { fill(loaded?.source ?? fresh); $('ready').value = ''; });
  $('scenario-unload').addEventListener('click', () => attempt(async () => { await drop('/scenario'); await read(); }));
  $('source').addEventListener('keydown', (e) => {
    if ((e.ctrlKey || e.metaKey) && (e.key === 'Enter' || e.key === 's')) {
      e.preventDefault();
      if (!$('scenario-apply').disabled) apply();
    }
  });
  on('open scenario reset', soon(50, read));
  onShow('scenario', read);
  // An edit of the file that is not taken changes no rules, so no event tells of it.
  setInterval(() => { if (loaded?.file && isShown('scenario') && document.visibilityState === 'visible') read(); }, 2000);
  readReady();
}
