// A shop that takes M-PESA by STK push: the program under test. No packages.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

const nairobi = () => new Date(Date.now() + 3 * 3600e3).toISOString().replace(/\D/g, '').slice(0, 14)
const base64 = (text) => Buffer.from(text).toString('base64')

// Keeps orders, and the receipts that were credited. A real shop keeps both in its database.
export class Shop {
  orders = new Map() // by id: the amount, and 'pending', 'paid', 'failed' or 'review'
  credited = new Map() // by receipt: the amount in shillings

  constructor({ url, consumer_key, consumer_secret, shortcode, passkey }, callbackHost = '127.0.0.1') {
    Object.assign(this, { url, key: consumer_key, secret: consumer_secret, shortcode, passkey, callbackHost })
    this.server = createServer((request, response) => this.#receive(request, response))
  }

  async open() {
    const address = this.callbackHost === '127.0.0.1' ? '127.0.0.1' : '0.0.0.0'
    await new Promise((opened) => this.server.listen(0, address, opened))
    return this
  }

  close() {
    this.server.close()
    this.server.closeAllConnections()
  }

  // Sends the customer a prompt and returns the order's id.
  async order(phone, amount, reference) {
    // The order is kept before the push, and its id is in the callback URL: the callback
    // finds it even when it arrives before the answer. A random id can't be guessed.
    const id = randomUUID()
    this.orders.set(id, { amount, state: 'pending' })
    const stamp = nairobi()
    await this.#call('/mpesa/stkpush/v1/processrequest', `Bearer ${await this.#token()}`, {
      BusinessShortCode: this.shortcode,
      Password: base64(this.shortcode + this.passkey + stamp),
      Timestamp: stamp,
      TransactionType: 'CustomerPayBillOnline',
      Amount: amount,
      PartyA: phone,
      PartyB: this.shortcode,
      PhoneNumber: phone,
      CallBackURL: `http://${this.callbackHost}:${this.server.address().port}/callback/${id}`,
      AccountReference: reference,
      TransactionDesc: 'Order',
    })
    return id
  }

  // Applies a callback. One that comes again changes nothing.
  callback(id, body) {
    const result = body.Body.stkCallback
    const order = this.orders.get(id)
    if (order?.state !== 'pending') return
    if (result.ResultCode !== 0) {
      order.state = 'failed'
      return
    }
    const items = Object.fromEntries(result.CallbackMetadata.Item.map(({ Name, Value }) => [Name, Value]))
    const receipt = items.MpesaReceiptNumber
    if (items.Amount !== order.amount || this.credited.has(receipt)) {
      order.state = 'review' // a person compares it with the M-PESA statement
      return
    }
    order.state = 'paid'
    this.credited.set(receipt, order.amount)
  }

  async #token() {
    const path = '/oauth/v1/generate?grant_type=client_credentials'
    return (await this.#call(path, `Basic ${base64(`${this.key}:${this.secret}`)}`)).access_token
  }

  async #call(path, authorization, body) {
    const response = await fetch(this.url + path, {
      method: body ? 'POST' : 'GET',
      headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    })
    const answer = await response.json()
    if (!response.ok) throw new Error(`${answer.errorCode}: ${answer.errorMessage}`)
    return answer
  }

  async #receive(request, response) {
    let text = ''
    for await (const part of request) text += part
    this.callback(request.url.split('/').at(-1), JSON.parse(text))
    response.end()
  }
}
