// A shop that takes M-PESA by STK push: the program under test. No packages.
import { createServer } from 'node:http'

const nairobi = () => new Date(Date.now() + 3 * 3600e3).toISOString().replace(/\D/g, '').slice(0, 14)
const base64 = (text) => Buffer.from(text).toString('base64')

export class Shop {
  orders = new Map() // CheckoutRequestID to 'pending', 'paid' or 'failed'

  constructor({ url, consumer_key, consumer_secret, shortcode, passkey }) {
    Object.assign(this, { url, key: consumer_key, secret: consumer_secret, shortcode, passkey })
    this.server = createServer((request, response) => this.#callback(request, response))
  }

  async open() {
    await new Promise((opened) => this.server.listen(0, '127.0.0.1', opened))
    return this
  }

  close() {
    this.server.close()
    this.server.closeAllConnections()
  }

  // Asks the customer for money and returns the order's id.
  async order(phone, amount, reference) {
    const stamp = nairobi()
    const ack = await this.#call('/mpesa/stkpush/v1/processrequest', `Bearer ${await this.#token()}`, {
      BusinessShortCode: this.shortcode,
      Password: base64(this.shortcode + this.passkey + stamp),
      Timestamp: stamp,
      TransactionType: 'CustomerPayBillOnline',
      Amount: amount,
      PartyA: phone,
      PartyB: this.shortcode,
      PhoneNumber: phone,
      CallBackURL: `http://127.0.0.1:${this.server.address().port}/callback`,
      AccountReference: reference,
      TransactionDesc: 'Order',
    })
    const id = ack.CheckoutRequestID
    if (!this.orders.has(id)) this.orders.set(id, 'pending') // its callback may have come already
    return id
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

  async #callback(request, response) {
    let text = ''
    for await (const part of request) text += part
    const result = JSON.parse(text).Body.stkCallback
    this.orders.set(result.CheckoutRequestID, result.ResultCode === 0 ? 'paid' : 'failed')
    response.end()
  }
}
