// Which world the page is about. Another one is another page.

import { call, world } from './api.js';
import { ask } from './dialog.js';
import { $, el } from './dom.js';
import { on } from './events.js';
import * as scenario from './scenario.js';

async function read() {
  try {
    const { worlds } = await call('GET', 'worlds');
    const ids = worlds.map((w) => w.id).sort((a, b) => (b === 'default') - (a === 'default') || (a < b ? -1 : 1));
    const known = ids.includes(world);
    if (!known) ids.push(world);
    $('world').replaceChildren(...ids.map((id) => el('option', { value: id, selected: id === world }, id === world && !known ? `${id} (gone)` : id)));
  } catch { /* the header says that nothing answers */ }
}

export function start() {
  $('world').addEventListener('change', async () => {
    if (scenario.asks() && !await ask('Your edit of the scenario is not saved. It stays here as a draft when you switch worlds.', 'Switch', 'Stay')) {
      $('world').value = world;
      return;
    }
    scenario.leave();
    const url = new URL(location.href);
    url.searchParams.set('world', $('world').value);
    url.searchParams.delete('phone');
    location.assign(url);
  });
  $('world').addEventListener('focus', read);
  on('open', read);
  read();
}
