// Open prompts that wait for a person: the bar that answers them, the badge of the
// Phone tab and the title of the document. They are seen from every panel.

import { now, onTick } from './clock.js';
import { choose, onPhones } from './customers.js';
import { $, el } from './dom.js';
import { money, wait } from './format.js';
import { answer, held, onChange } from './phone.js';
import { onSelect, phoneOnScreen, show } from './tabs.js';

const plainTitle = document.title;
const maxLines = 3;
let open = []; // phones with an open prompt that waits for a person
let drawn = ''; // what the bar was last drawn for

const waits = (p) => p.on && p.attended && p.prompt;
const onScreen = (p) => p.number === held() && phoneOnScreen();

function draw() {
  const n = open.length;
  document.title = n ? `(${n}) Prompt for ${money(open[0].prompt.amount_cents)} – ${plainTitle}` : plainTitle;
  $('phone-count').hidden = !n;
  $('phone-count').textContent = n || '';
  $('tab-phone').setAttribute('aria-label', n ? `Phone, ${n} open ${n === 1 ? 'prompt' : 'prompts'}` : 'Phone');
  const lines = open.filter((p) => !onScreen(p));
  const key = lines.map((p) => `${p.number} ${p.prompt.checkout_request_id} ${p.prompt.tries}`).join();
  $('ring').hidden = !lines.length;
  if (key === drawn) {
    document.querySelectorAll('.ring-left').forEach((e, i) => { e.dataset.ends = lines[i].prompt.ends_at; });
    return;
  }
  drawn = key;
  $('ring').replaceChildren(...lines.slice(0, maxLines).map(line),
    ...(lines.length > maxLines ? [el('p', { class: 'muted' }, `and ${lines.length - maxLines} more`)] : []));
  left(now());
}

function line(p) {
  const error = el('span', { class: 'ring-error', role: 'alert' });
  const act = async (kind) => {
    error.textContent = '';
    try {
      await answer(p.number, kind);
    } catch (e) {
      error.textContent = e.message;
    }
  };
  const button = (kind, name, main) => el('button', { type: 'button', class: main ? 'main' : false, 'data-answer': kind, 'aria-label': `${name}: ${p.number}`, onclick: () => act(kind) }, name);
  return el('div', { class: 'ring-line', onkeydown: (e) => { if (e.key === 'Escape') act('cancel'); } },
    el('p', { class: 'ring-text' },
      el('b', {}, `${money(p.prompt.amount_cents)} to ${p.prompt.organisation}`),
      el('span', {}, `${p.number}${p.name ? `, ${p.name}` : ''}`),
      p.prompt.reference && el('span', {}, `reference ${p.prompt.reference}`),
      p.prompt.tries > 0 && el('span', { class: 'ring-wrong' }, 'wrong PIN, try again'),
      el('span', { class: 'ring-left', 'data-ends': p.prompt.ends_at })),
    el('div', { class: 'bar' }, button('pin', 'Pay', true), button('wrong_pin', 'Wrong PIN'), button('cancel', 'Cancel'),
      el('button', { type: 'button', 'aria-label': `Open the phone ${p.number}`, onclick: () => { choose(p.number); if (!phoneOnScreen()) show('phone'); } }, 'Open phone')),
    error);
}

function left(at) {
  for (const e of document.querySelectorAll('.ring-left')) {
    const ms = Date.parse(e.dataset.ends) - at;
    e.textContent = ms > 0 ? `${wait(Math.ceil(ms / 1000) * 1000)} left` : 'time is up';
  }
}

export function start() {
  onPhones((all) => { open = all.filter(waits); draw(); });
  onSelect(draw);
  onChange(draw); // another phone is shown
  onTick(left);
  const head = $('head');
  new ResizeObserver(() => document.documentElement.style.setProperty('--head', `${head.offsetHeight}px`)).observe(head);
}
