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

if (@file_get_contents("$control/health") === false) {
    fwrite(STDERR, "no simulator answers at $control; start one with: darajabox simulator\n");
    exit(1);
}

/** Runs a test in a world of its own, in which the clock stands still. */
function in_a_world(string $name, callable $test): void
{
    global $control;
    $made = control('POST', "$control/worlds", ['seed' => 7, 'clock' => ['frozen' => true]]);
    $world = "$control/worlds/{$made['id']}";
    $shop = new Shop(
        $made['url'], $made['consumer_key'], $made['consumer_secret'], $made['shortcode'], $made['passkey'],
        'http://127.0.0.1:9/callback', // port 9 is closed: deliver() takes the callbacks from the journal
    );
    try {
        $test($shop, fn (string $path, array $body = []) => control('POST', $world . $path, $body), fn () => deliver($shop, $world));
        echo "ok - $name\n";
    } finally {
        control('DELETE', $world);
    }
}

/** Gives the shop every callback that was sent, as a web server would. */
function deliver(Shop $shop, string $world): void
{
    foreach (control('GET', "$world/journal?kind=callback")['records'] as $sent) {
        $shop->callback(basename($sent['url']), $sent['request']);
    }
}

function verify(callable $ask, int $count, array $match): void
{
    $verdict = $ask('/journal/verify', ['match' => $match, 'count' => $count]);
    assert($verdict['ok'], $verdict['message']);
}

in_a_world('the customer pays', function (Shop $shop, callable $ask, callable $deliver): void {
    $order = $shop->order(PHONE, 150, 'INV-1');
    $ask('/phones/' . PHONE . '/pin'); // the customer's own PIN
    $ask('/clock/advance', ['by' => '10s']);
    $deliver();
    assert($shop->orders[$order]['state'] === 'paid');
    verify($ask, 1, ['kind' => 'callback', 'phone' => PHONE, 'body' => ['Body.stkCallback.ResultCode' => 0]]);
});

in_a_world('the customer cancels', function (Shop $shop, callable $ask, callable $deliver): void {
    $order = $shop->order(PHONE, 150, 'INV-2');
    $ask('/phones/' . PHONE . '/cancel');
    $ask('/clock/advance', ['by' => '10s']);
    $deliver();
    assert($shop->orders[$order]['state'] === 'failed');
    verify($ask, 1, ['kind' => 'callback', 'body' => ['Body.stkCallback.ResultCode' => 1032]]);
});

in_a_world('no answer for 90 seconds', function (Shop $shop, callable $ask, callable $deliver): void {
    $order = $shop->order(PHONE, 150, 'INV-3');
    $ask('/phones/' . PHONE . '/ignore');
    $deliver();
    assert($shop->orders[$order]['state'] === 'pending');
    $ask('/clock/advance', ['by' => '90s']); // takes milliseconds
    $deliver();
    assert($shop->orders[$order]['state'] === 'failed');
});

in_a_world('the callback comes twice', function (Shop $shop, callable $ask, callable $deliver): void {
    $ask('/queue', ['phone' => PHONE, 'then' => ['result' => 0, 'callback' => ['copies' => 2, 'gap' => '1s']]]);
    $order = $shop->order(PHONE, 150, 'INV-4');
    $ask('/clock/advance', ['by' => '10s']);
    $deliver();
    verify($ask, 2, ['kind' => 'callback', 'reference' => 'INV-4']);
    assert($shop->orders[$order]['state'] === 'paid');
    assert(array_values($shop->credited) === [150]);
});

in_a_world('the callback has a wrong amount', function (Shop $shop, callable $ask, callable $deliver): void {
    $ask('/queue', ['phone' => PHONE, 'then' => ['result' => 0, 'callback' => ['amount' => 1]]]);
    $order = $shop->order(PHONE, 150, 'INV-5');
    $ask('/clock/advance', ['by' => '10s']);
    $deliver();
    assert($shop->orders[$order]['state'] === 'review');
    assert($shop->credited === []);
});
