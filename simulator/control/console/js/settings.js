// How the simulator behaves in details that differ between Daraja's answers: each
// setting with what it can be.

import { get, putJSON } from './api.js';
import { $, el, soon } from './dom.js';
import { on } from './events.js';
import { isShown, onShow } from './tabs.js';

let drawn = '';

const readable = (name) => name.replaceAll('_', ' ');

function field(s, id) {
  const common = { id, 'data-setting': s.name, onchange: change };
  if (s.allowed.length > 1) return el('select', common, s.allowed.map((v) => el('option', { value: v, selected: v === s.value }, v)));
  return el('input', { ...common, value: s.value, maxlength: 40, title: s.allowed[0], autocomplete: 'off', spellcheck: 'false' });
}

function row(s) {
  const id = `setting-${s.name}`;
  return el('div', { class: 'setting' },
    el('label', { for: id, title: `${s.name} in scenarios and commands` }, readable(s.name)), field(s, id),
    el('p', { class: 'muted' }, `${s.doc}.`, s.allowed.length > 1 ? '' : ` It takes ${s.allowed[0]}.`,
      s.value === s.default ? '' : el('span', { class: 'changed' }, ` Changed; the default is ${s.default}.`)),
    el('p', { class: 'field-error', role: 'alert' }));
}

async function change(e) {
  const input = e.target, error = input.parentElement.querySelector('.field-error');
  error.textContent = '';
  input.removeAttribute('aria-invalid');
  try {
    draw((await putJSON('/settings', { [input.dataset.setting]: input.value.trim() })).settings);
  } catch (failure) {
    error.textContent = failure.message;
    input.setAttribute('aria-invalid', 'true');
  }
}

function draw(settings) {
  const key = JSON.stringify(settings);
  if (key === drawn) return;
  drawn = key;
  const focused = document.activeElement?.dataset?.setting;
  $('behaviour').replaceChildren(...settings.map(row));
  if (focused) $('behaviour').querySelector(`[data-setting="${CSS.escape(focused)}"]`)?.focus();
}

async function read() {
  if (!isShown('connect')) return;
  try {
    draw((await get('/settings')).settings);
  } catch { /* the header says that nothing answers */ }
}

export function start() {
  onShow('connect', read);
  on('open settings reset scenario', soon(100, read));
}
