// Tests the shop against a simulator: node --test examples/node/
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'

import { Shop } from './shop.mjs'

const CONTROL = process.env.DARAJABOX_CONTROL ?? 'http://127.0.0.1:7071'
const CALLBACK_HOST = process.env.CALLBACK_HOST ?? '127.0.0.1' // where the simulator reaches this machine
const PHONE = '254708374149'

let world, shop

async function control(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  })
  const text = await response.text()
  assert.ok(response.ok, `${method} ${path}: ${text}`)
  return text ? JSON.parse(text) : undefined
}

await control('GET', `${CONTROL}/health`).catch(() => {
  console.error(`no simulator answers at ${CONTROL}; start one with: darajabox simulator`)
  process.exit(1)
})

const state = (order) => shop.orders.get(order).state
const ask = (path, body = {}) => control('POST', world + path, body)

async function verify(count, match) {
  const verdict = await ask('/journal/verify', { match, count })
  assert.ok(verdict.ok, verdict.message)
}

beforeEach(async () => {
  // Each test has a world of its own, in which the clock stands still.
  const made = await control('POST', `${CONTROL}/worlds`, { seed: 7, clock: { frozen: true } })
  world = `${CONTROL}/worlds/${made.id}`
  shop = await new Shop(made, CALLBACK_HOST).open()
})

afterEach(async () => {
  shop.close()
  await control('DELETE', world)
})

test('the customer pays', async () => {
  const order = await shop.order(PHONE, 150, 'INV-1')
  await ask(`/phones/${PHONE}/pin`) // the customer's own PIN
  await ask('/clock/advance', { by: '10s' })
  assert.equal(state(order), 'paid')
  await verify(1, { kind: 'callback', phone: PHONE, status: 200 })
})

test('the customer cancels', async () => {
  const order = await shop.order(PHONE, 150, 'INV-2')
  await ask(`/phones/${PHONE}/cancel`)
  await ask('/clock/advance', { by: '10s' })
  assert.equal(state(order), 'failed')
  await verify(1, { kind: 'callback', body: { 'Body.stkCallback.ResultCode': 1032 } })
})

test('no answer for 90 seconds', async () => {
  const order = await shop.order(PHONE, 150, 'INV-3')
  await ask(`/phones/${PHONE}/ignore`)
  assert.equal(state(order), 'pending')
  await ask('/clock/advance', { by: '90s' }) // takes milliseconds
  assert.equal(state(order), 'failed')
})

test('the callback comes twice', async () => {
  await ask('/queue', { phone: PHONE, then: { result: 0, callback: { copies: 2, gap: '1s' } } })
  const order = await shop.order(PHONE, 150, 'INV-4')
  await ask('/clock/advance', { by: '10s' })
  await verify(2, { kind: 'callback', reference: 'INV-4' })
  assert.equal(state(order), 'paid')
  assert.deepEqual([...shop.credited.values()], [150])
})

test('the callback has a wrong amount', async () => {
  await ask('/queue', { phone: PHONE, then: { result: 0, callback: { amount: 1 } } })
  const order = await shop.order(PHONE, 150, 'INV-5')
  await ask('/clock/advance', { by: '10s' })
  assert.equal(state(order), 'review')
  assert.equal(shop.credited.size, 0)
})
