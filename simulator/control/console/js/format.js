// How things are written: money, times, waits.

const zone = 'Africa/Nairobi';
const clockForm = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const dateForm = new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });

export const time = (at) => clockForm.format(new Date(at));
export const hourMinute = (at) => time(at).slice(0, 5);
export const date = (at) => dateForm.format(new Date(at)).replace(',', '');
export const timeFull = (at) => `${date(at)}, ${exactTime(at)} EAT`;
export const exactTime = (at) => `${time(at)}.${String(new Date(at).getMilliseconds()).padStart(3, '0')}`;

// money writes cents as shillings: 123456 is KES 1,234.56.
export function money(cents) {
  const whole = Math.trunc(Math.abs(cents) / 100), rest = Math.abs(cents) % 100;
  return `KES ${cents < 0 ? '-' : ''}${String(whole).replace(/\B(?=(\d{3})+$)/g, ',')}.${String(rest).padStart(2, '0')}`;
}

// shillings writes cents for a field: 123456 is 1234.56, 120000 is 1200.
export const shillings = (cents) => (cents % 100 ? (cents / 100).toFixed(2) : String(cents / 100));

// cents reads shillings as people write them, such as 1,234.50; NaN when it is no amount.
export function cents(text) {
  const plain = text.replace(/^\s*(KES|Ksh\.?)\s*/i, '').replace(/[,\s]/g, '');
  return /^\d+(\.\d{1,2})?$/.test(plain) ? Math.round(Number(plain) * 100) : NaN;
}

// shortURL is a URL without its scheme, cut in the middle: the host and the end of the path.
export function shortURL(url, most = 38) {
  const plain = url.replace(/^https?:\/\//, '');
  if (plain.length <= most) return plain;
  const host = plain.split('/')[0].slice(0, most - 12);
  return `${host}/…${plain.slice(host.length - most + 2)}`;
}

// wait writes milliseconds: 90000 is 1 min 30 s.
export function wait(ms) {
  const s = Math.max(0, ms) / 1000;
  if (s < 10 && s % 1) return `${s.toFixed(1)} s`;
  if (s < 60) return `${Math.ceil(s)} s`;
  const m = Math.floor(s / 60), left = Math.round(s % 60);
  if (m < 60) return left ? `${m} min ${left} s` : `${m} min`;
  const h = Math.floor(m / 60);
  return m % 60 ? `${h} h ${m % 60} min` : `${h} h`;
}

// msisdn reads a number as people write it, to the form of the API: 0708… and
// +254 708 … are 254708….
export function msisdn(text) {
  const digits = text.replace(/[\s\-+]/g, '');
  if (/^0[17]\d{8}$/.test(digits)) return `254${digits.slice(1)}`;
  if (/^[17]\d{8}$/.test(digits)) return `254${digits}`;
  return /^254[17]\d{8}$/.test(digits) ? digits : '';
}
