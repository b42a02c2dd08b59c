// The world's clock: what it shows, and moving it.

import { get, post } from './api.js';
import { $, el, soon } from './dom.js';
import { on } from './events.js';
import { date, time, wait } from './format.js';
import { attempt } from './notice.js';

let clock = null; // as the API told it
let readAt = 0; // performance.now() then
const watchers = [];

// now is the world's time in ms, carried on from the last reading.
export function now() {
  if (!clock) return Date.now();
  const since = clock.frozen ? 0 : (performance.now() - readAt) * clock.speed;
  return Date.parse(clock.now) + since;
}

// onTick calls f whenever the time that is shown changes.
export const onTick = (f) => watchers.push(f);

function take(read) {
  clock = read;
  readAt = performance.now();
  if (!clock.frozen) choose(clock.speed);
  draw();
}

// choose shows the speed that the clock runs at, also when another client set it.
function choose(speed) {
  const value = String(speed);
  if (![...$('clock-speed').options].some((o) => o.value === value)) $('clock-speed').append(el('option', { value }, `×${value}`));
  $('clock-speed').value = value;
}

function draw() {
  const at = now();
  $('clock-now').textContent = time(at);
  $('clock-now').dateTime = new Date(at).toISOString();
  $('clock-date').textContent = `${date(at)} EAT`;
  const state = clock.frozen ? 'Frozen' : clock.speed === 1 ? 'Running' : `Running ×${clock.speed}`;
  if ($('clock-state').textContent !== state) $('clock-state').textContent = state;
  $('clock-state').dataset.tone = clock.frozen ? 'info' : 'good';
  $('clock').dataset.frozen = String(clock.frozen);
  $('clock-toggle').textContent = clock.frozen ? 'Run' : 'Freeze';
  const next = clock.next ? Date.parse(clock.next) - at : null;
  $('clock-next-when').textContent = next === null ? 'nothing is due' : next <= 0 ? 'due now' : `in ${wait(next)}`;
  $('clock-next').disabled = next === null;
  for (const f of watchers) f(at);
}

const read = soon(60, async () => {
  try { take(await get('/clock')); } catch { /* the header says that nothing answers */ }
});

// advance moves a frozen clock; one that runs is frozen first, since that is what is meant.
async function advance(how) {
  const controls = [...$('clock').querySelectorAll('button, input')].filter((b) => !b.disabled);
  $('clock').setAttribute('aria-busy', 'true');
  await attempt(async () => {
    if (!clock.frozen) take(await post('/clock/freeze'));
    take(await post('/clock/advance', how));
  });
  $('clock').removeAttribute('aria-busy');
  return controls;
}

export function start() {
  $('clock-more').addEventListener('click', () => {
    const open = $('clock').dataset.open !== 'true';
    $('clock').dataset.open = String(open);
    $('clock-more').setAttribute('aria-expanded', String(open));
  });
  $('clock-toggle').addEventListener('click', () => attempt(async () => {
    take(clock.frozen ? await post('/clock/run', { speed: Number($('clock-speed').value) }) : await post('/clock/freeze'));
  }));
  $('clock-speed').addEventListener('change', () => {
    if (!clock.frozen) attempt(async () => take(await post('/clock/run', { speed: Number($('clock-speed').value) })));
  });
  for (const button of document.querySelectorAll('[data-by]')) {
    button.addEventListener('click', () => advance({ by: button.dataset.by }));
  }
  $('clock-move').addEventListener('submit', (e) => { e.preventDefault(); advance({ by: $('clock-by').value.trim() }); });
  $('clock-next').addEventListener('click', () => { if (clock.next) advance({ to: clock.next }); });
  on('open clock prompt prompt_ended message reset scenario record', read);
  setInterval(() => { if (clock && !clock.frozen) draw(); }, 250);
  setInterval(() => { if (clock && !clock.frozen) read(); }, 5000);
  read();
}
