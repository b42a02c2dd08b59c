// Tests the shop against a simulator: node --test examples/node/
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'

import { Shop } from './shop.mjs'

const CONTROL = process.env.DARAJABOX_CONTROL ?? 'http://127.0.0.1:7071'
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

const ask = (path, body = {}) => control('POST', world + path, body)

async function verify(count, match) {
  const verdict = await ask('/journal/verify', { match, count })
  assert.ok(verdict.ok, verdict.message)
}

beforeEach(async () => {
  // A world of its own for each test, in which time stands still.
  const made = await control('POST', `${CONTROL}/worlds`, { seed: 7, clock: { frozen: true } })
  world = `${CONTROL}/worlds/${made.id}`
  shop = await new Shop(made).open()
})

afterEach(async () => {
  shop.close()
  await control('DELETE', world)
})

test('the customer pays', async () => {
  const order = await shop.order(PHONE, 150, 'INV-1')
  await ask(`/phones/${PHONE}/pin`) // the customer's own PIN
  await ask('/clock/advance', { by: '10s' })
  assert.equal(shop.orders.get(order), 'paid')
  await verify(1, { kind: 'callback', phone: PHONE, status: 200 })
})

test('the customer cancels', async () => {
  const order = await shop.order(PHONE, 150, 'INV-2')
  await ask(`/phones/${PHONE}/cancel`)
  await ask('/clock/advance', { by: '10s' })
  assert.equal(shop.orders.get(order), 'failed')
  await verify(1, { kind: 'callback', body: { 'Body.stkCallback.ResultCode': 1032 } })
})

test('nobody answers for a minute and a half', async () => {
  const order = await shop.order(PHONE, 150, 'INV-3')
  await ask(`/phones/${PHONE}/ignore`)
  assert.equal(shop.orders.get(order), 'pending')
  await ask('/clock/advance', { by: '90s' }) // in no time
  assert.equal(shop.orders.get(order), 'failed')
})

test('the callback comes twice', async () => {
  await ask('/queue', { phone: PHONE, then: { result: 0, callback: { copies: 2, gap: '1s' } } })
  const order = await shop.order(PHONE, 150, 'INV-4')
  await ask('/clock/advance', { by: '10s' })
  assert.equal(shop.orders.get(order), 'paid')
  await verify(2, { kind: 'callback', reference: 'INV-4' })
})
