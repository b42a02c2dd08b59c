// A question that is answered before anything is lost.

import { $ } from './dom.js';

// ask resolves to true when the person chooses yes. Esc and no keep things as they are.
export function ask(text, yes, no = 'Keep') {
  $('ask-text').textContent = text;
  $('ask-yes').textContent = yes;
  $('ask-no').textContent = no;
  $('ask').returnValue = '';
  $('ask').showModal();
  return new Promise((done) => $('ask').addEventListener('close', () => done($('ask').returnValue === 'yes'), { once: true }));
}
