// Colours for YAML as scenarios use it. It understands a line at a time and is never
// asked whether the file is right: that is the server's to say.

import { el } from './dom.js';

const tokens = /(#.*$)|("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|([A-Za-z_][\w-]*)(?=\s*:(?:\s|$))|(?<![\w.])(-?\d[\d.]*(?:ms|[smhd%])?)(?![\w.])|([A-Za-z_][\w-]*)/g;
const classes = ['y-note', 'y-str', 'y-key', 'y-num', ''];

// paint returns the nodes of a line.
export function paint(text) {
  const out = [];
  let done = 0;
  for (const m of text.matchAll(tokens)) {
    const kind = classes[m.slice(1).findIndex((g) => g !== undefined)];
    const before = text.slice(0, m.index);
    if (m[1] && before && !/\s$/.test(before)) continue; // a # inside a word
    if (m[3] && !/^\s*(- +)*$/.test(before) && !/[{,]\s*$/.test(before)) continue; // a colon in a sentence
    if (m.index > done) out.push(text.slice(done, m.index));
    out.push(kind ? el('span', { class: kind }, m[0]) : m[0]);
    done = m.index + m[0].length;
  }
  out.push(text.slice(done));
  return out;
}
