// An edit of the scenario that is neither applied nor saved, kept over a reload: one
// for each world.

import { world } from './api.js';

const key = `darajabox.draft.${world}`;

// read returns {text, base, at}: the edit, the source that it began from, and when.
export function read() {
  try {
    const draft = JSON.parse(localStorage.getItem(key));
    return typeof draft?.text === 'string' && typeof draft.base === 'string' ? draft : null;
  } catch {
    return null;
  }
}

export function keep(text, base) {
  try { localStorage.setItem(key, JSON.stringify({ text, base, at: Date.now() })); } catch { /* the page warns before it is left */ }
}

export function drop() {
  try { localStorage.removeItem(key); } catch { /* there is none */ }
}
