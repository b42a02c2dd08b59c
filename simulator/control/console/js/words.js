// Result codes in words, as the catalogue of the simulator has them.

import { call } from './api.js';

const words = new Map();

// ready is settled once the catalogue was read, or cannot be.
export const ready = call('GET', 'outcomes').then(({ outcomes }) => {
  for (const o of outcomes) words.set(o.code, o.short || o.text);
}).catch(() => { /* codes stay numbers */ });

export const inWords = (code) => words.get(String(code)) || (String(code) === '0' ? 'paid' : `result ${code}`);

// tone is the colour of a result; the word is always beside it.
export const tone = (code) => ({ 0: 'good', 1032: 'warn', 1037: 'warn', 1019: 'warn' })[code] || 'bad';
