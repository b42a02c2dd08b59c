// Starts the parts, each after those that it needs.

import * as actions from './actions.js';
import * as callbacks from './callbacks.js';
import * as clock from './clock.js';
import * as connect from './connect.js';
import * as customer from './customer.js';
import * as customers from './customers.js';
import { $ } from './dom.js';
import { on } from './events.js';
import * as journal from './journal.js';
import * as pay from './pay.js';
import * as payments from './payments.js';
import * as phone from './phone.js';
import * as prompts from './prompts.js';
import * as scenario from './scenario.js';
import * as settings from './settings.js';
import * as tabs from './tabs.js';
import * as wallets from './wallets.js';
import * as worlds from './worlds.js';

function link(state, text) {
  $('link').dataset.state = state;
  $('link').textContent = text;
}

on('open', () => link('live', 'Live'));
on('close', () => link('lost', 'No connection, trying again'));

for (const part of [worlds, clock, phone, payments, pay, journal, scenario, wallets, actions, customer, callbacks, connect, settings, prompts, tabs, customers]) part.start();
document.documentElement.dataset.started = 'true'; // every part listens
