// Edits of the scenario that are not saved, kept over a reload: one for each tab, so
// that two tabs of a world keep both. The draft of a tab that is closed is an orphan.

import { world } from './api.js';

const prefix = `darajabox.draft/${world}/`;
const tabKey = 'darajabox.tab';
const most = 8; // drafts of a world
const maxLength = 256 * 1024; // characters of a draft: a longer scenario is not taken, either
const patience = 200; // ms that the other tabs have to answer

const others = new Set(); // the ids of other tabs that are open
const channel = 'BroadcastChannel' in window ? new BroadcastChannel('darajabox.tabs') : null;
let id = remembered();

function remembered() {
  try { return sessionStorage.getItem(tabKey) || anew(); } catch { return anew(); }
}

function anew() {
  const made = [...crypto.getRandomValues(new Uint8Array(8))].map((b) => b.toString(16).padStart(2, '0')).join('');
  try { sessionStorage.setItem(tabKey, made); } catch { /* a reload finds the draft as an orphan */ }
  return made;
}

// ready is settled once the id is this tab's alone, and the other tabs are known.
export const ready = !channel ? Promise.resolve() : new Promise((done) => {
  channel.onmessage = ({ data }) => {
    if (data.here) others.add(data.here);
    if (data.asks) channel.postMessage({ here: id });
  };
  channel.postMessage({ here: id, asks: true });
  setTimeout(() => {
    if (others.has(id)) id = anew(); // a tab that was duplicated has the id of the first one
    done();
  }, patience);
});

function parse(key) {
  try {
    const draft = JSON.parse(localStorage.getItem(key));
    return typeof draft?.text === 'string' && typeof draft.base === 'string' ? { ...draft, key } : null;
  } catch {
    return null;
  }
}

// all are the drafts of the world, the newest first.
function all() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix)).map(parse).filter(Boolean).sort((a, b) => b.at - a.at);
  } catch {
    return [];
  }
}

// read returns the draft of this tab, or null: {text, base, version, at} are the edit,
// the source and the version of the file that it began from, and when it was kept.
export const read = () => parse(prefix + id);

// orphans are the drafts of tabs that were closed, the newest first.
export const orphans = () => all().filter((d) => d.key !== prefix + id && !others.has(d.key.slice(prefix.length)));

// keep stores {text, base, version}.
export function keep(draft) {
  if (draft.text.length > maxLength) { drop(); return; }
  try { localStorage.setItem(prefix + id, JSON.stringify({ ...draft, at: Date.now() })); } catch { /* the page asks before it is left */ }
  for (const old of all().slice(most)) drop(old.key);
}

export function drop(key = prefix + id) {
  try { localStorage.removeItem(key); } catch { /* there is none */ }
}
