// The panels: one is shown, arrows move between the tabs, the address remembers.

import { $ } from './dom.js';

const tabs = [...document.querySelectorAll('[role="tab"]')];
const nameOf = (tab) => tab.id.slice('tab-'.length);
const narrow = matchMedia('(max-width: 899px)');
const shown = new Map();
const watchers = [];
let current = '';

// onShow calls f whenever the panel comes on screen.
export const onShow = (name, f) => shown.set(name, [...(shown.get(name) || []), f]);
export const isShown = (name) => current === name;

// onSelect calls f whenever another panel comes on screen, or the width changes.
export const onSelect = (f) => watchers.push(f);

// phoneOnScreen tells whether the phone is beside the panels or is the panel.
export const phoneOnScreen = () => !narrow.matches || current === 'phone';

export function show(name) {
  if (location.hash.slice(1) === name) select();
  else location.hash = name;
}

function select() {
  const wanted = location.hash.slice(1);
  const fallback = 'payments';
  const known = tabs.some((t) => nameOf(t) === wanted) && (wanted !== 'phone' || narrow.matches);
  const name = known ? wanted : fallback;
  for (const tab of tabs) {
    const chosen = nameOf(tab) === name;
    tab.setAttribute('aria-selected', String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    if (nameOf(tab) !== 'phone') $(`panel-${nameOf(tab)}`).hidden = !chosen;
  }
  const phone = $('panel-phone');
  if (narrow.matches) phone.setAttribute('role', 'tabpanel');
  else phone.removeAttribute('role');
  document.body.dataset.tab = name;
  if (name !== current) {
    current = name;
    for (const f of shown.get(name) || []) f();
    tabs.find((t) => nameOf(t) === name).scrollIntoView?.({ block: 'nearest', inline: 'nearest' });
  }
  for (const f of watchers) f();
}

function move(e) {
  const visible = tabs.filter((t) => t.offsetParent !== null);
  const here = visible.indexOf(e.target);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
  let next;
  if (step) next = visible[(here + step + visible.length) % visible.length];
  else if (e.key === 'Home') next = visible[0];
  else if (e.key === 'End') next = visible[visible.length - 1];
  else return;
  e.preventDefault();
  next.focus();
  show(nameOf(next));
}

export function start() {
  for (const tab of tabs) {
    tab.addEventListener('click', () => show(nameOf(tab)));
    tab.addEventListener('keydown', move);
  }
  addEventListener('hashchange', select);
  narrow.addEventListener('change', select);
  select();
}
