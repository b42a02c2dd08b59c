// One line for what went wrong, or went well, and has no better place.

import { $ } from './dom.js';

let timer = 0;

export function say(text, tone = 'bad') {
  const notice = $('notice');
  notice.textContent = text;
  notice.dataset.tone = tone;
  notice.hidden = !text;
  clearTimeout(timer);
  if (text) timer = setTimeout(() => { notice.hidden = true; }, 8000);
}

// attempt runs f; its failure becomes a notice.
export async function attempt(f) {
  try {
    return await f();
  } catch (e) {
    say(e.message);
    return undefined;
  }
}
