// A textarea with line numbers, colours, and marks where the mistakes are.

import { $, el } from './dom.js';
import { paint } from './yaml.js';

let wrong = new Set();
let lines = 0;

export const text = () => $('source').value;

export function setText(value) {
  $('source').value = value;
  $('source').scrollTop = 0;
  draw();
}

// mark shows which lines have mistakes, numbered from 1.
export function mark(numbers) {
  wrong = new Set(numbers);
  lines = 0;
  draw();
}

// goTo puts the caret at a line and column, both from 1.
export function goTo(line, column) {
  const field = $('source');
  const all = text().split('\n');
  const start = all.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0);
  const from = Math.min(start + Math.max(0, column - 1), text().length);
  const word = /^[\w.-]*/.exec(text().slice(from))[0];
  field.focus();
  field.setSelectionRange(from, from + word.length);
  const height = parseFloat(getComputedStyle(field).lineHeight);
  field.scrollTop = Math.max(0, (line - 1) * height - field.clientHeight / 2);
  follow();
}

function draw() {
  const all = text().split('\n');
  $('paint').replaceChildren(...all.flatMap((l, i) => {
    if (!wrong.has(i + 1)) return [...paint(l), '\n'];
    const indent = /^[\s-]*/.exec(l)[0];
    return [indent, el('span', { class: 'y-wrong' }, paint(l.slice(indent.length))), '\n'];
  }));
  if (all.length !== lines) {
    lines = all.length;
    $('gutter').replaceChildren(...all.map((_, i) => el('span', { class: wrong.has(i + 1) ? 'wrong' : false }, i + 1)));
  }
  follow();
}

// follow keeps the numbers and colours where the text is.
function follow() {
  const { scrollTop, scrollLeft } = $('source');
  $('gutter').scrollTop = scrollTop;
  $('paint').scrollTop = scrollTop;
  $('paint').scrollLeft = scrollLeft;
}

// keepIndent begins a new line as deep as the one before; after "key:" deeper.
function keepIndent(e) {
  if (e.key !== 'Enter' || e.ctrlKey || e.metaKey || e.isComposing) return;
  const field = $('source');
  const before = text().slice(0, field.selectionStart).split('\n').pop();
  const indent = /^[ ]*/.exec(before)[0] + (/:\s*$/.test(before) ? '  ' : '');
  if (!indent) return;
  e.preventDefault();
  document.execCommand('insertText', false, `\n${indent}`); // keeps the browser's undo
}

export function start(changed) {
  $('source').addEventListener('input', () => { draw(); changed(); });
  $('source').addEventListener('scroll', follow);
  $('source').addEventListener('keydown', keepIndent);
  new ResizeObserver(follow).observe($('source'));
  draw();
}
