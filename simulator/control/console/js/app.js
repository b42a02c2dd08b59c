// Starts the parts, in the order in which they lean on each other.

import * as callbacks from './callbacks.js';
import * as clock from './clock.js';
import * as connect from './connect.js';
import * as customers from './customers.js';
import { $ } from './dom.js';
import { on } from './events.js';
import * as journal from './journal.js';
import * as phone from './phone.js';
import * as scenario from './scenario.js';
import * as tabs from './tabs.js';
import * as wallets from './wallets.js';
import * as worlds from './worlds.js';

function link(state, text) {
  $('link').dataset.state = state;
  $('link').textContent = text;
}

on('open', () => link('live', 'Live'));
on('close', () => link('lost', 'No connection, trying again'));

for (const part of [worlds, clock, phone, journal, scenario, wallets, callbacks, connect, tabs, customers]) part.start();
document.documentElement.dataset.started = 'true'; // every part listens
