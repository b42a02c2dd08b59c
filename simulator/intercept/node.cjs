// Written by darajabox, and loaded by NODE_OPTIONS: sends TLS connections to Safaricom's
// hosts to the simulator. Node's own https module does not read HTTPS_PROXY.
'use strict';
const tls = require('tls');
const hosts = ['sandbox.safaricom.co.ke', 'api.safaricom.co.ke'];
const proxy = process.env.HTTPS_PROXY && new URL(process.env.HTTPS_PROXY);
const connect = tls.connect;
tls.connect = function (...args) {
  let options = args.find((arg) => arg && typeof arg === 'object') || {};
  if (typeof args[0] === 'number' || typeof args[0] === 'string') {
    options = { port: args[0], host: typeof args[1] === 'string' ? args[1] : undefined, ...options };
  }
  const host = String(options.servername || options.host || '').toLowerCase();
  if (!proxy || options.socket || !hosts.includes(host)) return connect.apply(this, args);
  const callback = args.find((arg) => typeof arg === 'function');
  return connect.call(this, { ...options, servername: host, host: proxy.hostname, port: Number(proxy.port), path: undefined }, callback);
};
