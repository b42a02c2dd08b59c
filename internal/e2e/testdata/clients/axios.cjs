// A token and a push by axios. Its host is Safaricom's unless an argument names another.
const axios = require('axios');

const base = process.argv[2] || 'https://sandbox.safaricom.co.ke';

async function main() {
  const token = await axios.get(base + '/oauth/v1/generate?grant_type=client_credentials', { auth: { username: 'sandbox', password: 'sandbox' } });
  const push = await axios.post(base + '/mpesa/stkpush/v1/processrequest', {
    BusinessShortCode: 174379, Password: 'MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkxOTIwMjYxMjAxMTIwMDAw',
    Timestamp: '20261201120000', TransactionType: 'CustomerPayBillOnline', Amount: 10, PartyA: 254708374149, PartyB: 174379,
    PhoneNumber: 254708374149, CallBackURL: 'https://shop.example.com/callback', AccountReference: 'INV-1', TransactionDesc: 'Order',
  }, { headers: { Authorization: 'Bearer ' + token.data.access_token } });
  console.log(push.data.ResponseDescription);
}

main().catch((error) => { console.error(error.message); process.exit(1); });
