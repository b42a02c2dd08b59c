// Looks at what is visible now: has every control a name, every image an alt, every
// reference its target, and every text enough contrast, as computed from the styles
// that the browser arrived at (WCAG 2.2 AA).
(() => {
  const faults = [];
  const visible = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && e.getClientRects().length > 0;
  const short = (e) => e.outerHTML.replace(/\s+/g, ' ').slice(0, 110);

  const named = (e) => {
    const by = (e.getAttribute('aria-labelledby') || '').split(/\s+/).filter(Boolean).map((id) => document.getElementById(id)?.textContent || '').join(' ');
    const labels = [...(e.labels || [])].map((l) => l.textContent).join(' ');
    const own = e.matches('input, select, textarea') ? '' : e.textContent;
    return (by || e.getAttribute('aria-label') || labels || own || e.title).trim() !== '';
  };
  const controls = document.querySelectorAll('button, a[href], input, select, textarea, [role="tab"], [role="region"], [role="dialog"], [role="group"], progress, [tabindex="0"]');
  for (const e of controls) if (visible(e) && !named(e)) faults.push(`no name: ${short(e)}`);
  for (const e of document.images) if (!e.hasAttribute('alt')) faults.push(`no alt: ${short(e)}`);
  if (!document.documentElement.lang) faults.push('the page has no language');
  if (document.querySelectorAll('h1').length !== 1 || document.querySelectorAll('main').length !== 1) faults.push('there must be one h1 and one main');

  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`the id ${id} is there twice`);
  for (const name of ['aria-controls', 'aria-labelledby', 'aria-describedby', 'for', 'list']) {
    for (const e of document.querySelectorAll(`[${name}]`)) {
      for (const id of e.getAttribute(name).split(/\s+/)) if (!ids.includes(id)) faults.push(`${name} of ${short(e)} refers to nothing`);
    }
  }
  for (const list of document.querySelectorAll('[role="tablist"]')) {
    if (list.querySelectorAll('[aria-selected="true"]').length !== 1) faults.push('not exactly one tab is chosen');
  }

  const parse = (text) => {
    const n = (text.match(/[\d.]+(?:e-?\d+)?/g) || []).map(Number);
    if (text.startsWith('color(srgb')) return { rgb: n.slice(0, 3), a: n[3] ?? 1 };
    if (text.startsWith('rgb')) return { rgb: n.slice(0, 3).map((v) => v / 255), a: n[3] ?? 1 };
    throw new Error(`a colour that this check does not read: ${text}`);
  };
  const over = (top, below) => top.rgb.map((v, i) => v * top.a + below[i] * (1 - top.a));
  const ground = (e) => {
    const layers = [];
    for (let n = e; n; n = n.parentElement) {
      const style = getComputedStyle(n);
      if (style.backgroundImage !== 'none') throw new Error(`a picture behind text: ${short(n)}`);
      layers.push(parse(style.backgroundColor));
      if (layers.at(-1).a === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [1, 1, 1]);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };

  let texts = 0;
  const look = (e, color) => {
    texts++;
    const style = getComputedStyle(e);
    const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
    const least = size >= 24 || (size >= 18.66 && bold) ? 3 : 4.5;
    const got = contrast(over(parse(color), ground(e)), ground(e));
    if (got < least) faults.push(`contrast ${got.toFixed(2)} of ${short(e)}`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || e.closest('button:disabled, option, noscript, script, .sr') || e.id === 'source' || !visible(e)) continue;
    look(e, getComputedStyle(e).color);
  }
  for (const e of document.querySelectorAll('input, select')) {
    if (!visible(e) || e.matches('[type="checkbox"], #pin')) continue; // the PIN is drawn as dots
    look(e, getComputedStyle(e).color);
    if (e.placeholder) look(e, getComputedStyle(e, '::placeholder').color);
  }
  // Where a field is shows by its border.
  for (const e of document.querySelectorAll('input:not([type="checkbox"]), select')) {
    if (!visible(e) || e.closest('.joined')) continue;
    const got = contrast(parse(getComputedStyle(e).borderBottomColor).rgb, ground(e.parentElement));
    if (got < 3) faults.push(`contrast ${got.toFixed(2)} of the border of ${short(e)}`);
  }
  return { Texts: texts, Faults: faults };
})()
