// The phone that is shown, and whether the person answers its prompts.

import { get, post } from './api.js';
import { now, onTick } from './clock.js';
import { $, el, soon } from './dom.js';
import { connect, on } from './events.js';
import { hourMinute, money, wait } from './format.js';
import * as keypad from './keypad.js';

const maxAttended = 20; // of one stream of events
let number = '';
let phone = null;
let shownPrompt = '';
const kept = new Set(); // phones shown before, whose open prompt waits for the person
let moving = 0; // changes of the phone that are under way
const watchers = [];

// onChange calls f with the phone whenever what it shows may have changed.
export const onChange = (f) => watchers.push(f);
export const held = () => number;

// hold shows another phone.
export function hold(msisdn) {
  const before = number;
  number = msisdn;
  phone = null;
  shownPrompt = '';
  keypad.clear();
  $('phone-error').textContent = '';
  move(before);
  return read();
}

// move lets the switch go from one phone to the one that is shown. A prompt that is
// open on the former goes on waiting until it has ended.
async function move(from) {
  if ($('attend').checked && from && from !== number) {
    moving++;
    if (await hasPrompt(from)) kept.add(from);
    moving--;
  }
  attend();
}

async function hasPrompt(msisdn) {
  try {
    return Boolean((await get(`/phones/${msisdn}`)).prompt);
  } catch {
    return false;
  }
}

// letGo lets go of the phones whose prompt has ended, also unseen.
async function letGo() {
  for (const msisdn of [...kept]) if (!await hasPrompt(msisdn)) kept.delete(msisdn);
  attend();
}

async function read() {
  const asked = number;
  if (!asked) return;
  try {
    const answer = await get(`/phones/${asked}`);
    if (asked === number) take(answer);
  } catch (e) {
    if (asked === number) $('phone-error').textContent = e.message;
  }
}

const readSoon = soon(30, read);

function take(answer) {
  phone = answer;
  draw();
  for (const f of watchers) f(phone);
}

function draw() {
  $('handset').dataset.on = String(phone.on);
  $('power').textContent = phone.on ? 'Switch off' : 'Switch on';
  $('off-note').hidden = phone.on;
  $('phone-number').textContent = phone.number;
  $('customer-facts').replaceChildren(
    el('b', {}, phone.name), el('span', { id: 'balance' }, money(phone.balance_cents)), el('span', {}, `PIN ${phone.pin}`));
  drawThread();
  drawPrompt();
  drawAttending();
  for (const b of document.querySelectorAll('[data-act]')) b.disabled = !phone.prompt || !phone.on;
}

function drawThread() {
  const thread = $('thread');
  const key = phone.messages.map((m) => m.at + m.text).join('\n') + phone.number;
  if (thread.dataset.key === key) return;
  thread.dataset.key = key;
  const bubbles = phone.messages.map((m) => el('li', { class: 'sms' }, m.text, el('time', { datetime: m.at }, hourMinute(m.at))));
  if (!bubbles.length) bubbles.push(el('li', { class: 'quiet-note' }, 'No messages yet. A push to this number is shown here.'));
  thread.replaceChildren(...bubbles);
  thread.scrollTop = thread.scrollHeight;
}

function drawPrompt() {
  const prompt = phone.on ? phone.prompt : null;
  const id = prompt ? `${prompt.checkout_request_id} ${prompt.tries}` : '';
  const hadFocus = $('stk').contains(document.activeElement);
  $('stk').hidden = !prompt;
  if (id === shownPrompt) { left(now()); return; }
  shownPrompt = id;
  keypad.clear();
  $('phone-error').textContent = '';
  if (!prompt) {
    if (hadFocus) $('thread').focus();
    return;
  }
  $('stk-wrong').textContent = prompt.tries ? `Wrong PIN${prompt.tries > 1 ? `, ${prompt.tries} times` : ''}. Try again.` : '';
  $('stk-text').textContent = prompt.text;
  $('stk-bar').max = Math.max(1, Date.parse(prompt.ends_at) - Date.parse(prompt.opened_at));
  $('phone-says').textContent = `Prompt on ${phone.number}: ${prompt.text}`;
  left(now());
  if (idle()) $('pin').focus();
}

// idle tells whether the keyboard may be taken: no field elsewhere is being typed in.
function idle() {
  const focused = document.activeElement;
  return !focused || focused === document.body || $('panel-phone').contains(focused) && focused !== $('customer');
}

function left(at) {
  $('phone-time').textContent = hourMinute(at);
  if (!phone?.prompt) return;
  const ms = Math.max(0, Date.parse(phone.prompt.ends_at) - at);
  $('stk-bar').value = ms;
  $('stk-left').textContent = ms ? `${wait(Math.ceil(ms / 1000) * 1000)} left` : 'time is up';
}

// act does something with the phone; body is {} or {pin}.
async function act(kind, body = {}) {
  const asked = number;
  $('phone-error').textContent = '';
  try {
    const answer = await post(`/phones/${asked}/${kind}`, body);
    if (asked === number) take(answer);
  } catch (e) {
    if (asked === number) $('phone-error').textContent = e.message;
  }
}

// attend makes prompts of the shown phone wait for the person, or not. A visit begins
// without it, so that opening the console changes no payment.
function attend() {
  kept.delete(number);
  if (!$('attend').checked) kept.clear();
  if (moving && $('attend').checked) return; // what is attended is known when the last move is over
  connect($('attend').checked ? [number, ...kept].slice(0, maxAttended) : []);
  drawAttending();
}

function drawAttending() {
  const on = $('attend').checked;
  $('attending').hidden = !on;
  $('attending-who').replaceChildren(`You answer the prompts of ${number}`, phone?.name ? el('b', {}, ` (${phone.name})`) : '',
    kept.size ? ` and the open ${kept.size === 1 ? 'prompt' : 'prompts'} of ${[...kept].join(', ')}` : '');
  $('attend-note').textContent = on ? '' : 'Off: the customer answers, as the scenario says or by default.';
}

// answer does for any phone what act does for the one that is shown.
export async function answer(msisdn, kind, body = {}) {
  const view = await post(`/phones/${msisdn}/${kind}`, body);
  if (msisdn === number) take(view);
}

export function start() {
  $('attend').checked = false; // some browsers keep it over a reload
  keypad.start();
  $('attend').addEventListener('change', attend);
  $('attending-stop').addEventListener('click', () => { $('attend').checked = false; attend(); });
  $('power').addEventListener('click', () => act(phone?.on ? 'off' : 'on'));
  $('stk').addEventListener('submit', (e) => { e.preventDefault(); if (keypad.pin().length === 4) act('pin', { pin: keypad.pin() }); });
  $('stk').addEventListener('keydown', (e) => { if (e.key === 'Escape') { e.preventDefault(); act('cancel'); } });
  $('stk-cancel').addEventListener('click', () => act('cancel'));
  for (const b of document.querySelectorAll('[data-act]')) b.addEventListener('click', () => act(b.dataset.act));
  on('open reset lost', readSoon);
  on('open reset lost', soon(30, () => { if (kept.size) return letGo(); }));
  on('prompt_ended', (e) => { if (kept.delete(e.phone)) attend(); });
  on('prompt prompt_ended message phone payment', (e) => { if (!e.phone || e.phone === number) readSoon(); });
  onTick(left);
}
