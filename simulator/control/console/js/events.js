// The stream of what happens in the world, and who listens to what.

import { at } from './api.js';

const listeners = new Map();
let source = null, attended = '', wasLost = false;

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

// connect opens the stream; while it is open, prompts of the phone that is attended
// wait for a person.
export function connect(phone = '') {
  if (source && phone === attended) return;
  source?.close();
  attended = phone;
  source = new EventSource(at('/events') + (phone ? `?attend=${encodeURIComponent(phone)}` : ''));
  source.addEventListener('open', () => { wasLost = false; tell('open'); });
  source.addEventListener('error', () => {
    if (!wasLost) tell('close');
    wasLost = true;
    if (source.readyState === EventSource.CLOSED) retry();
  });
  for (const kind of kinds) {
    source.addEventListener(kind, (e) => tell(kind, e.data ? JSON.parse(e.data) : {}));
  }
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
