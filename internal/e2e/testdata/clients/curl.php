<?php
// A token and a push by PHP's curl. The host is Safaricom's unless an argument names another.
$base = $argv[1] ?? 'https://sandbox.safaricom.co.ke';

function call(string $url, array $options): array
{
    $curl = curl_init($url);
    curl_setopt_array($curl, $options + [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 60]);
    $answer = curl_exec($curl);
    if ($answer === false) {
        fwrite(STDERR, curl_error($curl) . "\n");
        exit(1);
    }
    return json_decode($answer, true);
}

$token = call("$base/oauth/v1/generate?grant_type=client_credentials", [CURLOPT_USERPWD => 'sandbox:sandbox']);
$push = call("$base/mpesa/stkpush/v1/processrequest", [
    CURLOPT_HTTPHEADER => ['Authorization: Bearer ' . $token['access_token'], 'Content-Type: application/json'],
    CURLOPT_POSTFIELDS => json_encode([
        'BusinessShortCode' => '174379', 'Password' => 'MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkxOTIwMjYxMjAxMTIwMDAw',
        'Timestamp' => '20261201120000', 'TransactionType' => 'CustomerPayBillOnline', 'Amount' => 10, 'PartyA' => '254708374149', 'PartyB' => '174379',
        'PhoneNumber' => '254708374149', 'CallBackURL' => 'https://shop.example.com/callback', 'AccountReference' => 'INV-1', 'TransactionDesc' => 'Order',
    ]),
]);
echo $push['ResponseDescription'], "\n";
