<?php
// Tests the shop against a simulator: php -d zend.assertions=1 examples/php/test.php
declare(strict_types=1);

require __DIR__ . '/Shop.php';

ini_set('assert.exception', '1');
const PHONE = '254708374149';
$control = getenv('DARAJABOX_CONTROL') ?: 'http://127.0.0.1:7071';

function control(string $method, string $url, ?array $body = null): ?array
{
    $http = ['method' => $method, 'header' => 'Content-Type: application/json', 'ignore_errors' => true, 'timeout' => 60];
    $http += $body === null ? [] : ['content' => json_encode($body, JSON_FORCE_OBJECT)];
    $answer = file_get_contents($url, false, stream_context_create(['http' => $http]));
    preg_match('/^HTTP\S* (\d)/', $http_response_header[0], $status);
    if ($status[1] !== '2') {
        throw new RuntimeException("$method $url: $answer");
    }
    return json_decode($answer, true);
}

/** Runs a test in a world of its own, in which time stands still. */
function in_a_world(string $name, callable $test): void
{
    global $control;
    $made = control('POST', "$control/worlds", ['seed' => 7, 'clock' => ['frozen' => true]]);
    $world = "$control/worlds/{$made['id']}";
    $shop = new Shop(
        $made['url'], $made['consumer_key'], $made['consumer_secret'], $made['shortcode'], $made['passkey'],
        'http://127.0.0.1:9/callback', // nobody listens: this shop asks instead
    );
    try {
        $test($shop, fn (string $path, array $body = []) => control('POST', $world . $path, $body));
        echo "ok - $name\n";
    } finally {
        control('DELETE', $world);
    }
}

function verify(callable $ask, int $count, array $match): void
{
    $verdict = $ask('/journal/verify', ['match' => $match, 'count' => $count]);
    assert($verdict['ok'], $verdict['message']);
}

in_a_world('the customer pays', function (Shop $shop, callable $ask): void {
    $order = $shop->order(PHONE, 150, 'INV-1');
    $ask('/phones/' . PHONE . '/pin'); // the customer's own PIN
    $ask('/clock/advance', ['by' => '10s']);
    assert($shop->state($order) === 'paid');
    verify($ask, 1, ['kind' => 'callback', 'phone' => PHONE, 'body' => ['Body.stkCallback.ResultCode' => 0]]);
});

in_a_world('the customer cancels', function (Shop $shop, callable $ask): void {
    $order = $shop->order(PHONE, 150, 'INV-2');
    $ask('/phones/' . PHONE . '/cancel');
    $ask('/clock/advance', ['by' => '10s']);
    assert($shop->state($order) === 'failed');
    verify($ask, 1, ['kind' => 'callback', 'body' => ['Body.stkCallback.ResultCode' => 1032]]);
});

in_a_world('nobody answers for a minute and a half', function (Shop $shop, callable $ask): void {
    $order = $shop->order(PHONE, 150, 'INV-3');
    $ask('/phones/' . PHONE . '/ignore');
    assert($shop->state($order) === 'pending');
    $ask('/clock/advance', ['by' => '90s']); // in no time
    assert($shop->state($order) === 'failed');
});
