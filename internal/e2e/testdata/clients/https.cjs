// A token by Node's own https module, and a push by its fetch. The host is Safaricom's unless
// an argument names another.
const base = process.argv[2] || 'https://sandbox.safaricom.co.ke';
const client = require(base.startsWith('https:') ? 'https' : 'http');

function token() {
  return new Promise((resolve, reject) => {
    client.get(base + '/oauth/v1/generate?grant_type=client_credentials', { auth: 'sandbox:sandbox' }, (response) => {
      let text = '';
      response.on('data', (chunk) => { text += chunk; });
      response.on('end', () => resolve(JSON.parse(text).access_token));
    }).on('error', reject);
  });
}

async function main() {
  const push = await fetch(base + '/mpesa/stkpush/v1/processrequest', {
    method: 'POST', headers: { Authorization: 'Bearer ' + await token(), 'Content-Type': 'application/json' },
    body: JSON.stringify({
      BusinessShortCode: '174379', Password: 'MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkxOTIwMjYxMjAxMTIwMDAw',
      Timestamp: '20261201120000', TransactionType: 'CustomerPayBillOnline', Amount: '10', PartyA: '254708374149', PartyB: '174379',
      PhoneNumber: '254708374149', CallBackURL: 'https://shop.example.com/callback', AccountReference: 'INV-1', TransactionDesc: 'Order',
    }),
  });
  console.log((await push.json()).ResponseDescription);
}

main().catch((error) => { console.error(error); process.exit(1); });
