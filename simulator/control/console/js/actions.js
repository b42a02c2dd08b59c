// What products can do without a call of Daraja's API, such as a customer's payment to a
// paybill: a form for each action that a product declares.

import { get, post } from './api.js';
import { $, el } from './dom.js';
import { onShow } from './tabs.js';
import { held } from './phone.js';

const readable = (name) => name.replaceAll('_', ' ');

function field(product, action, f) {
  const id = `action-${product.name}-${action.name}-${f.name}`;
  return el('label', { for: id, title: f.doc }, readable(f.name),
    el('input', { id, name: f.name, value: f.name === 'phone' ? held() : '', maxlength: 300, autocomplete: 'off', spellcheck: 'false' }));
}

function form(product, action) {
  return el('form', { class: 'try action', autocomplete: 'off', novalidate: true, 'aria-label': `${product.name} ${readable(action.name)}`, onsubmit: (e) => { e.preventDefault(); run(e.target, product, action); } },
    el('p', { class: 'wide' }, el('b', {}, `${product.name} ${readable(action.name)}`), ` ${action.doc}.`),
    action.fields.map((f) => field(product, action, f)),
    el('p', { class: 'field-error wide', role: 'alert' }),
    el('p', { class: 'action-result wide', role: 'status' }),
    el('div', { class: 'wide' }, el('button', { type: 'submit' }, 'Do it')));
}

async function run(form, product, action) {
  const inputs = [...form.querySelectorAll('input')], button = form.querySelector('button');
  const error = form.querySelector('.field-error'), result = form.querySelector('.action-result');
  error.textContent = result.textContent = '';
  for (const input of inputs) input.removeAttribute('aria-invalid');
  button.disabled = true;
  try {
    const given = inputs.map((input) => [input.name, input.value.trim()]).filter(([, value]) => value);
    const answer = await post(`/products/${encodeURIComponent(product.name)}/${encodeURIComponent(action.name)}`, Object.fromEntries(given));
    result.textContent = `Done: ${JSON.stringify(answer.result)}`;
  } catch (failure) {
    error.textContent = failure.message;
    inputs.find((input) => input.name === failure.payload?.field)?.setAttribute('aria-invalid', 'true');
  } finally {
    button.disabled = false;
  }
}

async function read() {
  if ($('action-forms').childElementCount) return; // products stay as they are
  try {
    const { products } = await get('/products');
    const forms = products.flatMap((product) => product.actions.map((action) => form(product, action)));
    $('action-forms').replaceChildren(...forms);
    $('actions').hidden = forms.length === 0;
  } catch { /* the header says that nothing answers */ }
}

export function start() {
  onShow('wallets', read);
}
