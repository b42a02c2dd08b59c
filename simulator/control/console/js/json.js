// Bodies, pretty printed: numbers as they were written, every piece as text.

import { RawNumber } from './api.js';
import { el } from './dom.js';

const piece = (kind, text) => el('span', { class: `j-${kind}` }, text);

// pretty returns the nodes of a value; text that was no JSON stays as it came.
export function pretty(value) {
  if (typeof value === 'string') return [value];
  const out = [];
  write(value, '', out);
  return out;
}

function write(value, indent, out) {
  if (value instanceof RawNumber) out.push(piece('num', value.source));
  else if (Array.isArray(value)) list('[', ']', value.map((v) => [null, v]), indent, out);
  else if (value && typeof value === 'object') list('{', '}', Object.entries(value), indent, out);
  else if (typeof value === 'string') out.push(piece('str', JSON.stringify(value)));
  else if (typeof value === 'number') out.push(piece('num', String(value)));
  else out.push(piece('word', String(value)));
}

function list(open, close, entries, indent, out) {
  if (!entries.length) { out.push(open + close); return; }
  out.push(open);
  entries.forEach(([key, value], i) => {
    out.push(`${i ? ',' : ''}\n${indent}  `);
    if (key !== null) out.push(piece('key', JSON.stringify(key)), ': ');
    write(value, `${indent}  `, out);
  });
  out.push(`\n${indent}${close}`);
}
