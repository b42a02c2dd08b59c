// What an app needs to know, the addresses, and two commands for a shell.

import { get, post } from './api.js';
import { now } from './clock.js';
import { ask } from './dialog.js';
import { $, copy, copyButton, el } from './dom.js';
import { msisdn } from './format.js';
import { attempt } from './notice.js';
import { onChange } from './phone.js';
import { onShow } from './tabs.js';

let info = null;

function settings() {
  const rows = [
    ['Base URL', info.base_url || info.url], ['Consumer key', info.consumer_key], ['Consumer secret', info.consumer_secret],
    ['Shortcode', info.shortcode], ['Passkey', info.passkey], ['Control API', info.control_url], ['Seed', String(info.seed ?? '')],
  ];
  $('settings').replaceChildren(...rows.filter(([, value]) => value).map(([name, value]) => el('div', {},
    el('dt', {}, name), el('dd', {}, value),
    copyButton(name, () => value))));
}

function addresses(list) {
  $('addresses').replaceChildren(...list.map((a) => el('div', {},
    el('dt', {}, a.name),
    el('dd', {}, /^https?:/.test(a.url) ? el('a', { href: a.url, target: '_blank', rel: 'noreferrer' }, a.url) : a.url, a.note ? el('span', { class: 'note' }, a.note) : ''),
    copyButton(`the address of ${a.name}`, () => a.url))));
}

// stamp is the world's time as Daraja writes it: YYYYMMDDHHMMSS in Nairobi.
function stamp() {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Africa/Nairobi', dateStyle: 'short', timeStyle: 'medium' }).format(now());
  return parts.replace(/\D/g, '');
}

// quote makes a word of text that no shell reads anything into.
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function commands() {
  const at = stamp();
  const phone = Number(msisdn($('try-phone').value) || '254708374149');
  const amount = Number.parseInt($('try-amount').value, 10);
  const push = {
    BusinessShortCode: Number(info.shortcode), Password: btoa(info.shortcode + info.passkey + at), Timestamp: at,
    TransactionType: 'CustomerPayBillOnline', Amount: Number.isFinite(amount) ? amount : 1, PartyA: phone, PartyB: Number(info.shortcode), PhoneNumber: phone,
    CallBackURL: $('try-url').value, AccountReference: $('try-reference').value, TransactionDesc: 'Payment',
  };
  const base = info.base_url || info.url;
  return `TOKEN=$(curl -sS -u ${quote(`${info.consumer_key}:${info.consumer_secret}`)} \\
  ${quote(`${base}/oauth/v1/generate?grant_type=client_credentials`)} \\
  | sed -E 's/.*"access_token": *"([^"]+)".*/\\1/')

curl -sS ${quote(`${base}/mpesa/stkpush/v1/processrequest`)} \\
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d ${quote(JSON.stringify(push, null, 2))}`;
}

function draw() {
  if (info) $('try-curl').textContent = commands();
}

async function read() {
  if (!info) {
    info = await attempt(() => get(''));
    if (!info) return;
    settings();
    const found = await attempt(() => get('/addresses'));
    if (found) addresses(found.addresses);
  }
  draw();
}

async function reset() {
  if (await ask(`Reset the world "${info?.id ?? ''}"? Its journal, wallets, prompts and callbacks are emptied.`, 'Reset')) attempt(() => post('/reset'));
}

export function start() {
  $('try').addEventListener('input', draw);
  $('try').addEventListener('submit', (e) => e.preventDefault());
  $('try-copy').addEventListener('click', (e) => { draw(); copy(e.currentTarget, $('try-curl').textContent); });
  $('reset').addEventListener('click', reset);
  onShow('connect', read);
  onChange((phone) => { $('try-phone').value = phone.number; draw(); });
}
