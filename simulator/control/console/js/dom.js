// Making elements. What comes from outside only ever becomes text.

export const $ = (id) => document.getElementById(id);

// el makes an element: el('p', {class: 'muted', onclick: f}, 'text', child).
export function el(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith('on')) e.addEventListener(name.slice(2), value);
    else e.setAttribute(name, value === true ? '' : String(value));
  }
  e.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false).map((c) => (c instanceof Node ? c : String(c))));
  return e;
}

// later runs f once the calls have paused for ms, at most one at a time.
export function later(ms, f) {
  let timer = 0, running = false, again = false;
  const run = async () => {
    if (running) { again = true; return; }
    running = true;
    try { await f(); } finally {
      running = false;
      if (again) { again = false; call(); }
    }
  };
  const call = () => { clearTimeout(timer); timer = setTimeout(run, ms); };
  return call;
}

// soon is later, but a steady stream of calls does not put it off: it runs every ms.
export function soon(ms, f) {
  let due = false, running = false, again = false;
  const call = () => {
    if (running) { again = true; return; }
    if (due) return;
    due = true;
    setTimeout(async () => {
      due = false;
      running = true;
      try { await f(); } finally {
        running = false;
        if (again) { again = false; call(); }
      }
    }, ms);
  };
  return call;
}

// copyButton copies what text() returns, which may be awaited.
export const copyButton = (name, text, label = 'Copy') =>
  el('button', { type: 'button', class: 'quiet copy', 'aria-label': `Copy ${name}`, onclick: async (e) => { const button = e.currentTarget; copy(button, await text()); } }, label);

// copy puts text on the clipboard and says so on the button.
export async function copy(button, text) {
  const was = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    button.textContent = 'Select and copy';
  }
  setTimeout(() => { button.textContent = was; }, 1500);
}
