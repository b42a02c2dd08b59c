// The scenario: choose a ready one, edit it, see its mistakes, apply or save it. An
// edit is never overwritten without a question.

import { at, call, drop, get, put, Refusal } from './api.js';
import { ask } from './dialog.js';
import { $, el, later, soon } from './dom.js';
import * as drafts from './drafts.js';
import * as editor from './editor.js';
import { on } from './events.js';
import { hourMinute } from './format.js';
import { attempt, say } from './notice.js';
import { isShown, onShow } from './tabs.js';

const fresh = `name: mine
description: What this is about, in a line.
rules:
  - when: {amount: ">= 1000"}
    then: {result: 1032, after: 2s}
  - then: {result: 0}
`;

let loaded = null; // the active scenario, or null
let base = null; // the loaded source that the editor's text began from; null before the first answer
let filled = ''; // what the page last put into the editor
let fileVersion = ''; // of the file, when it was last the same as what is loaded
let checks = 0;
let leaving = false;

const source = () => loaded?.source || fresh;
const edited = () => editor.text() !== source();
const fileName = () => (loaded?.file || '').split(/[\\/]/).pop();

// unsaved tells whether a person's edit would be lost.
export const unsaved = () => base !== null && editor.text() !== filled;

// leave lets the page go without a second question.
export const leave = () => { leaving = true; };

async function read() {
  try {
    loaded = await get('/scenario');
  } catch (e) {
    if (!(e instanceof Refusal) || e.status !== 404) { say(e.message); return; }
    loaded = null;
  }
  if (loaded && !loaded.file_changed) fileVersion = loaded.version || '';
  if (base === null) begin();
  else if (source() !== base) changed();
  draw();
}

// begin fills the editor for the first time: with the draft of an earlier visit when
// there is one.
function begin() {
  const draft = drafts.read();
  fill(source());
  if (!draft || draft.text === source()) return;
  editor.setText(draft.text);
  drafts.keep(draft.text, base);
  const since = draft.base === source() ? '' : ' The loaded scenario is another one since then.';
  $('draft-text').textContent = `Restored your draft of ${hourMinute(draft.at)} EAT. It is not applied.${since}`;
  $('draft').hidden = false;
  check();
}

// changed takes another loaded scenario into the editor, unless that has an edit.
function changed() {
  if (!unsaved() || !edited()) { fill(source()); return; }
  const by = loaded?.writable ? `a change of ${fileName()} or by another client` : 'another client';
  $('conflict-text').textContent = `${loaded ? `Scenario ${loaded.name || fileName()} was loaded` : 'The scenario was unloaded'} while you were editing, by ${by}. Your edit is kept here and is not applied.`;
  $('conflict').hidden = false;
}

const inConflict = () => !$('conflict').hidden;

// fill puts what is loaded into the editor.
function fill(text) {
  base = text;
  filled = text;
  $('conflict').hidden = true;
  $('draft').hidden = true;
  drafts.drop();
  if (editor.text() !== text) editor.setText(text);
  check();
}

function draw() {
  const name = loaded?.name || fileName() || 'A scenario without a name';
  $('active').replaceChildren(...(loaded?.source
    ? [el('b', {}, name), ' is active', loaded.description ? `: ${loaded.description} ` : '. ', el('span', { class: 'file-state' }, fileState())]
    : ['No scenario is loaded: customers pay by default.']));
  $('file-fault').hidden = !loaded?.fault;
  $('file-fault').textContent = loaded?.fault ? `The latest edit of the file has a mistake, so the rules before it stay active: ${loaded.fault}` : '';
  $('scenario-unload').disabled = !loaded?.source;
  $('scenario-revert').disabled = !edited();
  $('scenario-save').hidden = !loaded?.writable;
  $('scenario-save').textContent = `Save to ${fileName()}`;
  $('scenario-apply').classList.toggle('main', !loaded?.writable);
  $('scenario-apply').textContent = loaded?.writable ? 'Apply without saving' : 'Apply';
}

// fileState says whether the file has what is active.
function fileState() {
  if (!loaded.writable) return '';
  if (loaded.file_changed) return `${fileName()} has changed on disk and is not loaded.`;
  return loaded.saved === false ? `It is not saved: ${fileName()} has another text.` : `Loaded from ${fileName()}.`;
}

// check asks for the mistakes in the text. done says what was just done with it.
async function check(done = '') {
  const mine = ++checks;
  let verdict;
  try {
    verdict = await call('POST', 'scenarios/check', { body: editor.text() });
  } catch (e) {
    if (mine === checks) tell('bad', e.message, []);
    return;
  }
  if (mine !== checks) return;
  const faults = verdict.faults || [], warnings = verdict.warnings || [];
  const rules = `${verdict.rules} ${verdict.rules === 1 ? 'rule' : 'rules'}, ${warnings.length ? `${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}` : 'no mistakes'}`;
  if (!verdict.ok) tell('bad', `${faults.length === 1 ? '1 mistake' : `${faults.length} mistakes`}; the active rules stay`, faults);
  else if (done) tell('good', `${done} ${rules}.`, [], warnings);
  else tell('good', edited() ? `${rules}, not applied yet` : rules, [], warnings);
  draw();
}

function tell(state, text, faults, warnings = []) {
  $('verdict').dataset.state = state;
  $('verdict').textContent = text;
  $('scenario-apply').disabled = state === 'bad';
  $('scenario-save').disabled = state === 'bad';
  editor.mark(faults.map((f) => f.line));
  $('faults').replaceChildren(...faults.map(item));
  $('warnings').replaceChildren(...warnings.map(item));
}

const item = (f) => el('li', {}, el('button', { type: 'button', onclick: () => editor.goTo(f.line, f.column) },
  el('span', { class: 'place' }, `${f.line}:${f.column}`),
  el('span', {}, f.message),
  hint(f) && el('span', { class: 'hint' }, hint(f))));

function hint(f) {
  const parts = [];
  if (f.expected) parts.push(`Expected ${f.expected}.`);
  if (f.nearest) parts.push(`Did you mean ${f.nearest}?`);
  return parts.join(' ');
}

// took makes the text that the simulator took the one that further edits begin from.
async function took(answer, text, done) {
  loaded = answer;
  if (!loaded.file_changed) fileVersion = loaded.version || '';
  $('ready').value = '';
  const typed = editor.text(); // perhaps more, while the answer was on its way
  fill(text);
  if (typed !== text) { editor.setText(typed); keep(); }
  await check(done);
  draw();
}

const refused = (e) => tell('bad', e.message, e.payload?.faults || []);

async function apply() {
  if (inConflict() && !await ask('Another scenario was loaded while you were editing. Apply yours in its place?', 'Apply mine')) return;
  const text = editor.text();
  try {
    const answer = await put('/scenario', text);
    await took(answer, text, answer.writable ? `Applied, but not saved to ${(answer.file || '').split(/[\\/]/).pop()}:` : 'Applied, but not saved in a file; Download keeps it:');
  } catch (e) {
    refused(e);
  }
}

async function save() {
  const text = editor.text(), name = fileName();
  const write = (more = '') => call('PUT', `${at('/scenario/file')}?version=${encodeURIComponent(fileVersion)}${more}`, { body: text });
  let answer;
  try {
    answer = await write();
  } catch (e) {
    if (e.status !== 409) { refused(e); return; }
    if (!await ask(`${name} has changed on disk since it was loaded. Replace what it says with your edit?`, `Overwrite ${name}`, 'Keep the file')) return;
    try { answer = await write('&overwrite=1'); } catch (again) { refused(again); return; }
  }
  await took(answer, text, `Saved to ${name} and applied:`);
}

const primary = () => { if (!$('scenario-apply').disabled) (loaded?.writable ? save : apply)(); };

function download() {
  const name = /^name:\s*["']?([\w.-]+)/m.exec(editor.text())?.[1];
  const link = el('a', { href: URL.createObjectURL(new Blob([editor.text()], { type: 'application/yaml' })), download: loaded?.writable ? fileName() : `${name || 'scenario'}.yaml` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function choose() {
  const name = $('ready').value;
  if (!name) return;
  if (unsaved() && !await ask(`Load ${name} over your edit?`, `Load ${name}`, 'Keep my edit')) { $('ready').value = ''; return; }
  const text = await attempt(() => call('GET', `scenarios/${encodeURIComponent(name)}`));
  if (text === undefined) return;
  filled = text;
  drafts.drop();
  $('draft').hidden = true;
  editor.setText(text);
  await check();
}

async function revert() {
  if (unsaved() && !await ask('Discard your edit?', 'Discard my edit')) return;
  fill(source());
  $('ready').value = '';
  draw();
}

async function readReady() {
  const answer = await attempt(() => call('GET', 'scenarios'));
  if (!answer) return;
  const ready = answer.scenarios;
  const group = (label, list) => (list.length ? [el('optgroup', { label }, list.map((s) => el('option', { value: s.name, title: s.description }, s.name)))] : []);
  $('ready').replaceChildren(el('option', { value: '' }, 'a ready scenario …'),
    ...group('Presets', ready.filter((s) => s.preset)), ...group('Cases', ready.filter((s) => !s.preset)));
}

// keep stores the edit as a draft.
function keep() {
  if (unsaved()) drafts.keep(editor.text(), base);
  else drafts.drop();
}

export function start() {
  const checkSoon = later(250, check);
  editor.start(() => { keep(); draw(); checkSoon(); });
  $('ready').addEventListener('change', choose);
  $('scenario-apply').addEventListener('click', apply);
  $('scenario-save').addEventListener('click', save);
  $('scenario-download').addEventListener('click', download);
  $('scenario-revert').addEventListener('click', revert);
  $('scenario-unload').addEventListener('click', () => attempt(async () => {
    await drop('/scenario');
    loaded = null;
    if (unsaved()) { base = source(); keep(); }
    await read();
  }));
  $('conflict-keep').addEventListener('click', () => { base = source(); $('conflict').hidden = true; keep(); draw(); });
  $('conflict-take').addEventListener('click', () => { fill(source()); draw(); });
  $('draft-keep').addEventListener('click', () => { $('draft').hidden = true; });
  $('draft-drop').addEventListener('click', () => { fill(source()); draw(); });
  $('source').addEventListener('keydown', (e) => {
    if ((e.ctrlKey || e.metaKey) && (e.key === 'Enter' || e.key === 's')) {
      e.preventDefault();
      primary();
    }
  });
  addEventListener('beforeunload', (e) => { if (unsaved() && !leaving) e.preventDefault(); });
  on('open scenario reset', soon(50, read));
  onShow('scenario', read);
  // An edit of the file that has a mistake changes no rules, so there is no event for it.
  setInterval(() => { if (loaded?.file && isShown('scenario') && document.visibilityState === 'visible') read(); }, 2000);
  readReady();
}
