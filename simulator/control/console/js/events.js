// The stream of what happens in the world, and who listens to what.

import { at } from './api.js';

const listeners = new Map();
const former = new Set(); // streams that are closed once the next one is open
let source = null, attended = [], wasLost = false;

// on calls f with the data of each event of a kind. Kind 'open' is the stream's own:
// events before it may be missed, so each part reads again.
export function on(kinds, f) {
  for (const kind of kinds.split(' ')) {
    if (!listeners.has(kind)) listeners.set(kind, []);
    listeners.get(kind).push(f);
  }
}

function tell(kind, data) {
  for (const f of listeners.get(kind) || []) f(data);
}

const kinds = ['record', 'prompt', 'prompt_ended', 'message', 'phone', 'payment', 'settings', 'scenario', 'reset', 'clock', 'lost'];

// connect opens the stream; while it is open, prompts of the phones that are attended
// wait for a person. The stream before it stays until then, so that a phone which both
// attend is attended without a gap.
export function connect(phones = []) {
  if (source && phones.join() === attended.join()) return;
  if (source) former.add(source);
  attended = phones;
  const opened = new EventSource(at('/events') + (phones.length ? `?${phones.map((p) => `attend=${encodeURIComponent(p)}`).join('&')}` : ''));
  source = opened;
  opened.addEventListener('open', () => {
    closeFormer();
    if (source !== opened) return;
    wasLost = false;
    tell('open');
  });
  opened.addEventListener('error', () => {
    closeFormer();
    if (source !== opened) return;
    if (!wasLost) tell('close');
    wasLost = true;
    if (opened.readyState === EventSource.CLOSED) retry();
  });
  for (const kind of kinds) {
    opened.addEventListener(kind, (e) => { if (source === opened) tell(kind, e.data ? JSON.parse(e.data) : {}); });
  }
}

function closeFormer() {
  for (const stream of former) if (stream !== source) { stream.close(); former.delete(stream); }
}

// retry is for what a browser does not try again by itself: an answer that is no stream.
function retry() {
  const dead = source;
  setTimeout(() => {
    if (source !== dead) return;
    source = null;
    connect(attended);
  }, 2000);
}
