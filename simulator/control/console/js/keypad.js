// The PIN line: four dots over a field that takes the physical keyboard, and the pad.

import { $ } from './dom.js';

const length = 4;

export const pin = () => $('pin').value;

export function clear() {
  $('pin').value = '';
  dots();
}

function dots() {
  $('pin').value = $('pin').value.replace(/\D/g, '').slice(0, length);
  [...$('dots').children].forEach((dot, i) => dot.classList.toggle('full', i < pin().length));
  $('stk-send').disabled = pin().length < length;
}

function press(key) {
  if (key === 'clear') $('pin').value = '';
  else if (key === 'back') $('pin').value = pin().slice(0, -1);
  else $('pin').value += key;
  dots();
}

export function start() {
  $('pad').addEventListener('click', (e) => {
    const key = e.target.closest('[data-key]')?.dataset.key;
    if (key) press(key);
  });
  $('pin').addEventListener('input', dots);
  // Digits typed on a button of the prompt are the PIN's, too.
  $('stk').addEventListener('keydown', (e) => {
    if (e.target === $('pin') || e.ctrlKey || e.metaKey || e.altKey) return;
    if (/^\d$/.test(e.key)) { e.preventDefault(); press(e.key); }
    if (e.key === 'Backspace') { e.preventDefault(); press('back'); }
  });
  dots();
}
