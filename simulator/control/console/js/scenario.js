// The scenario: choose a ready one, edit it, see its mistakes, apply or save it. An
// edit is never overwritten without a question.

import { at, call, drop, get, put, Refusal, Unanswered } from './api.js';
import { ask } from './dialog.js';
import { $, el, later, soon } from './dom.js';
import * as drafts from './drafts.js';
import * as editor from './editor.js';
import { on } from './events.js';
import { date, hourMinute } from './format.js';
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
let version = ''; // of the file that the editor's text began from
let safe = null; // a text that is kept elsewhere: in the file, or as the page found it; null for none
let applied = null; // a text of the person that is active and in no file; null for none
let offered = null; // the draft of an earlier visit that is offered, or null
let disputed = ''; // the loaded source that the latest conflict is about
let checks = 0;
let told = null; // {text, done}: what was done last, and the text that it was done with; null once more was typed
let unchecked = false; // the latest check had no answer
let acting = 0, turn = 0; // changes by this page that are under way, and that have ended
let reads = 0, newest = 0; // questions about what is active, and the latest one whose answer was taken
let leaving = false;

const source = () => (loaded?.source || fresh).replaceAll('\r\n', '\n'); // as a textarea has it
const edited = () => editor.text() !== source();
const baseName = (file) => (file || '').split(/[\\/]/).pop();
const fileName = () => baseName(loaded?.file);

// unsaved tells whether the text in the editor is nowhere else: typed, and not in a
// file. One that was applied is in no file either.
const unsaved = () => base !== null && editor.text() !== safe;

// asks tells whether leaving the page needs a question. What is active and has no file
// to be saved to needs none: it goes on, and its draft is kept.
export const asks = () => unsaved() && (edited() || Boolean(loaded?.writable));

// leave lets the page go without a second question.
export const leave = () => { leaving = true; };

// active reads what is active, or null.
async function active() {
  try {
    return await get('/scenario');
  } catch (e) {
    if (e instanceof Refusal && e.status === 404) return null;
    throw e;
  }
}

async function read() {
  const mine = turn, number = ++reads;
  const now = await attempt(active);
  await drafts.ready;
  if (now === undefined || acting || mine !== turn || number < newest) return; // the answer to a change or to a later question is newer
  newest = number;
  loaded = now;
  if (base === null) begin();
  else compare();
  draw();
}

const readSoon = soon(50, read);

// act runs a change by this page. What is read meanwhile is not compared with the text.
async function act(f) {
  acting++;
  try {
    return await f();
  } finally {
    acting--;
    turn++;
    readSoon();
  }
}

// begin fills the editor for the first time: with the draft of this tab when there is
// one. Drafts of tabs that were closed are offered.
function begin() {
  const own = drafts.read(), orphans = own ? [] : drafts.orphans();
  const same = orphans.find((d) => d.text === source());
  if (same) drafts.drop(same.key);
  fill(source());
  if (own && own.text !== source()) restore(own);
  else if ((own || same) && loaded?.saved !== true) { applied = source(); safe = null; keep(); }
  offer();
}

// restore puts a draft into the editor.
function restore(draft) {
  const at = `Restored your draft of ${when(draft.at)}. It is not applied.`;
  editor.setText(draft.text);
  base = draft.base;
  version = draft.version || '';
  safe = source();
  keep();
  $('draft-text').textContent = at;
  $('draft').hidden = base !== source();
  if (base !== source()) dispute(`${at} ${loaded?.writable && version !== loaded.version ? `${fileName()} has changed` : 'Another scenario was loaded'} since then.`);
  check();
}

const when = (at) => (date(at) === date(Date.now()) ? `${hourMinute(at)} EAT` : `${date(at)}, ${hourMinute(at)} EAT`);

// offer shows the newest draft of the tabs that were closed.
function offer() {
  offered = drafts.orphans()[0] || null;
  $('orphan').hidden = !offered;
  if (offered) $('orphan-text').textContent = `A draft of ${when(offered.at)} is kept from a page that was closed. It is not in the editor.`;
}

// compare sees whether the text still goes with what is active.
function compare() {
  if (!edited()) settle();
  else if (source() === base) $('conflict').hidden = true;
  else if (!unsaved()) fill(source());
  else if (!inConflict() || disputed !== source()) { conflict(); check(); }
}

// settle is for a text that is active.
function settle() {
  base = source();
  if (loaded?.saved) { safe = base; applied = null; version = loaded.version; }
  $('conflict').hidden = true;
  $('draft').hidden = true;
  keep();
}

function conflict() {
  const by = loaded?.writable ? `a change of ${fileName()} or by another client` : 'another client or a restart';
  const what = loaded?.source ? `Scenario ${loaded.name || fileName()} was loaded` : 'The scenario was unloaded';
  dispute(`${what} while you were editing, by ${by}. Your edit is kept here and is not applied.`);
}

// dispute asks for one of two texts: the person's or the one that was loaded.
function dispute(text) {
  disputed = source();
  $('conflict-text').textContent = text;
  $('conflict').hidden = false;
  $('draft').hidden = true;
}

const inConflict = () => !$('conflict').hidden;

// fill puts what is loaded into the editor.
function fill(text) {
  base = text;
  safe = text === applied ? null : text;
  version = loaded?.version || '';
  $('conflict').hidden = true;
  $('draft').hidden = true;
  if (editor.text() !== text) editor.setText(text);
  keep();
  check();
}

function draw() {
  const name = loaded?.name || fileName() || 'A scenario without a name';
  $('active').replaceChildren(...(loaded?.source
    ? [el('b', {}, name), ' is active', loaded.description ? `: ${loaded.description} ` : '. ', el('span', { class: 'file-state' }, fileState())]
    : ['No scenario is loaded: customers pay by default.']));
  const gone = Boolean(loaded?.file_gone);
  $('gone').hidden = !gone;
  if (gone) $('gone-text').textContent = `${fileName()} is gone from disk. The active rules stay. Press “Write it again” to create it with the text in the editor.`;
  $('file-fault').hidden = gone || !loaded?.fault;
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
  if (!loaded.writable || loaded.file_gone) return '';
  if (loaded.file_changed) return `${fileName()} has changed on disk and is not loaded.`;
  return loaded.saved === false ? `It is not saved: ${fileName()} has another text.` : `Loaded from ${fileName()}.`;
}

// check asks for the mistakes in the text, and says what was done with it.
async function check() {
  const mine = ++checks;
  let verdict;
  try {
    verdict = await call('POST', 'scenarios/check', { body: editor.text() });
  } catch (e) {
    if (mine !== checks) return;
    unchecked = e instanceof Unanswered;
    tell('bad', e.message, []);
    return;
  }
  if (mine !== checks) return;
  unchecked = false;
  const faults = verdict.faults || [], warnings = verdict.warnings || [];
  const rules = `${verdict.rules} ${verdict.rules === 1 ? 'rule' : 'rules'}, ${warnings.length ? `${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}` : 'no mistakes'}`;
  const done = told?.text === editor.text() && !edited() && told.done;
  if (!verdict.ok) tell('bad', `${faults.length === 1 ? '1 mistake' : `${faults.length} mistakes`}; the active rules stay`, faults);
  else if (done) tell('good', `${done} ${rules}.`, [], warnings);
  else tell('good', edited() ? `${rules}, not applied yet` : rules, [], warnings);
  draw();
}

function tell(state, text, faults, warnings = []) {
  $('verdict').dataset.state = state;
  $('verdict').textContent = text;
  for (const id of ['scenario-apply', 'scenario-save', 'gone-write']) $(id).disabled = faults.length > 0;
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
async function took(answer, text, saved, done) {
  loaded = answer;
  $('ready').value = '';
  $('conflict').hidden = true;
  $('draft').hidden = true;
  base = text;
  if (saved) { safe = text; applied = null; version = answer.version; } else if (text !== safe) applied = text;
  told = { text, done };
  keep(); // more may have been typed before the answer came
  await check();
  draw();
}

function refused(e) {
  unchecked = e instanceof Unanswered;
  tell('bad', e.message, e.payload?.faults || []);
}

async function apply() {
  if (inConflict() && !await ask('Another scenario was loaded while you were editing. Apply yours in its place?', 'Apply mine')) return;
  const text = editor.text();
  try {
    const answer = await act(() => put('/scenario', text));
    await took(answer, text, false, answer.writable ? `Applied, but not saved to ${baseName(answer.file)}:` : 'Applied, but not saved in a file; Download keeps it:');
  } catch (e) {
    refused(e);
  }
}

// askToSave is the question when what is active changed while the text was edited.
const askToSave = () => (version !== loaded.version
  ? ask(`${fileName()} has changed on disk since your edit began. Replace what it says with your edit?`, `Overwrite ${fileName()}`, 'Keep the file')
  : ask(`Another scenario was loaded while you were editing. Save yours to ${fileName()} and apply it in its place?`, 'Save mine'));

async function save() {
  const text = editor.text(), name = fileName(), told = loaded.version;
  let from = version;
  if (inConflict()) {
    if (!await askToSave()) return;
    from = told;
  }
  try {
    await write(text, `version=${encodeURIComponent(from)}`);
  } catch (e) {
    if (e.status !== 409) { refused(e); return; }
    if (await ask(`${name} has changed on disk since it was loaded. Replace what it says with your edit?`, `Overwrite ${name}`, 'Keep the file')) await overwrite(text);
  }
}

// overwrite saves whatever the file says now, also when there is none.
const overwrite = (text) => write(text, 'overwrite=1').catch(refused);

async function write(text, how) {
  const answer = await act(() => call('PUT', `${at('/scenario/file')}?${how}`, { body: text }));
  await took(answer, text, true, `Saved to ${baseName(answer.file)} and applied:`);
}

async function unload() {
  await act(() => attempt(async () => {
    await drop('/scenario');
    loaded = await active();
    base = source(); // the text stays, to be applied again
    $('conflict').hidden = true;
  }));
  keep();
  await check();
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
  safe = text;
  $('draft').hidden = true;
  editor.setText(text);
  keep();
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
  $('ready').replaceChildren(el('option', { value: '' }, 'a ready one …'),
    ...group('Presets', ready.filter((s) => s.preset)), ...group('Cases', ready.filter((s) => !s.preset)));
}

// keep stores the edit as a draft.
function keep() {
  if (base === null) return; // the draft of an earlier visit is not read yet
  if (!unsaved()) { drafts.drop(); return; }
  drafts.keep({ text: editor.text(), base, version });
}

async function takeOffer() {
  if (unsaved() && !await ask('Put the draft into the editor in place of your edit?', 'Use the draft', 'Keep my edit')) return;
  drafts.drop(offered.key);
  $('orphan').hidden = true; // further ones are offered at the next visit
  restore(offered);
  draw();
}

export function start() {
  const checkSoon = later(250, check);
  editor.start(() => { told = null; keep(); draw(); checkSoon(); });
  $('ready').addEventListener('change', choose);
  $('scenario-apply').addEventListener('click', apply);
  $('scenario-save').addEventListener('click', save);
  $('scenario-download').addEventListener('click', download);
  $('scenario-revert').addEventListener('click', revert);
  $('scenario-unload').addEventListener('click', unload);
  $('gone-write').addEventListener('click', () => overwrite(editor.text()));
  $('conflict-keep').addEventListener('click', () => { base = source(); version = loaded?.version || ''; $('conflict').hidden = true; keep(); draw(); });
  $('conflict-take').addEventListener('click', () => { fill(source()); draw(); });
  $('draft-keep').addEventListener('click', () => { $('draft').hidden = true; });
  $('draft-drop').addEventListener('click', () => { fill(source()); draw(); });
  $('orphan-take').addEventListener('click', takeOffer);
  $('orphan-drop').addEventListener('click', () => { drafts.drop(offered.key); offer(); });
  $('source').addEventListener('keydown', (e) => {
    if ((e.ctrlKey || e.metaKey) && (e.key === 'Enter' || e.key === 's')) {
      e.preventDefault();
      primary();
    }
  });
  addEventListener('beforeunload', (e) => { if (asks() && !leaving) e.preventDefault(); });
  on('open scenario reset', readSoon);
  on('open', () => { if (unchecked) check(); });
  onShow('scenario', read);
  // An edit of the file that has a mistake changes no rules, so there is no event for it.
  setInterval(() => {
    if (!isShown('scenario') || document.visibilityState !== 'visible') return;
    if (loaded?.file) read();
    if (unchecked) check();
  }, 2000);
  readReady();
}
