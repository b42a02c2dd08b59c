// The control API of the world that the page is about.

export const world = new URLSearchParams(location.search).get('world') || 'default';

// at is a path inside the world, relative to the page.
export const at = (path) => `worlds/${encodeURIComponent(world)}${path}`;

export class Refusal extends Error {
  constructor(status, payload, text) {
    super(payload?.error || text || `HTTP ${status}`);
    this.status = status;
    this.payload = payload;
  }
}

// Unanswered is thrown when there is no answer at all.
export class Unanswered extends Error {}

// RawNumber is a number whose writing matters: 150.00 must not be shown as 150.
export class RawNumber {
  constructor(source) { this.source = source; }
}

const keepNumbers = (_, value, context) =>
  typeof value === 'number' && context?.source && context.source !== String(value) ? new RawNumber(context.source) : value;

// call makes a request and returns what the answer says: parsed JSON, text, or
// nothing. exact keeps numbers as they were written.
export async function call(method, path, { body, json, exact, signal } = {}) {
  const options = { method, headers: {}, signal };
  if (json !== undefined) {
    options.headers['Content-Type'] = 'application/json';
    options.body = JSON.stringify(json);
  } else if (body !== undefined) {
    options.headers['Content-Type'] = 'application/yaml';
    options.body = body;
  }
  let answer, text;
  try {
    answer = await fetch(path, options);
    text = await answer.text();
  } catch (e) {
    if (signal?.aborted) throw e;
    throw new Unanswered('The simulator does not answer.');
  }
  const isJSON = (answer.headers.get('Content-Type') || '').includes('json');
  const value = isJSON && text ? JSON.parse(text, exact ? keepNumbers : undefined) : text;
  if (!answer.ok) throw new Refusal(answer.status, isJSON ? value : null, isJSON ? '' : text.slice(0, 300));
  return value;
}

export const get = (path, options) => call('GET', at(path), options);
export const post = (path, json) => call('POST', at(path), { json });
export const put = (path, body) => call('PUT', at(path), { body });
export const putJSON = (path, json) => call('PUT', at(path), { json });
export const drop = (path) => call('DELETE', at(path));
