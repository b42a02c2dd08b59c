<?php
// A token and a push by Guzzle, as Laravel's clients do. The host is Safaricom's unless an
// argument names another.
require_once 'GuzzleHttp/autoload.php';

$client = new GuzzleHttp\Client(['base_uri' => $argv[1] ?? 'https://sandbox.safaricom.co.ke', 'timeout' => 60]);
$token = json_decode((string) $client->get('/oauth/v1/generate?grant_type=client_credentials', ['auth' => ['sandbox', 'sandbox']])->getBody(), true);
$push = $client->post('/mpesa/stkpush/v1/processrequest', [
    'headers' => ['Authorization' => 'Bearer ' . $token['access_token']],
    'json' => [
        'BusinessShortCode' => 174379, 'Password' => 'MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkxOTIwMjYxMjAxMTIwMDAw',
        'Timestamp' => '20261201120000', 'TransactionType' => 'CustomerPayBillOnline', 'Amount' => 10, 'PartyA' => 254708374149, 'PartyB' => 174379,
        'PhoneNumber' => 254708374149, 'CallBackURL' => 'https://shop.example.com/callback', 'AccountReference' => 'INV-1', 'TransactionDesc' => 'Order',
    ],
]);
echo json_decode((string) $push->getBody(), true)['ResponseDescription'], "\n";
