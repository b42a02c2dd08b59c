<?php
// A shop that takes M-PESA by STK push: the program under test. No packages.
declare(strict_types=1);

/** Keeps orders, and the receipts that were credited. A real shop keeps both in its database. */
final class Shop
{
    /** @var array<string, array{amount: int, state: string}> by id; the state is pending, paid, failed or review */
    public array $orders = [];

    /** @var array<string, int> by receipt: the amount in shillings */
    public array $credited = [];

    public function __construct(
        private string $url,
        private string $key,
        private string $secret,
        private string $shortcode,
        private string $passkey,
        private string $callbackUrl,
    ) {
    }

    /** Sends the customer a prompt and returns the order's id. */
    public function order(string $phone, int $amount, string $reference): string
    {
        // The order is kept before the push, and its id is in the callback URL: the callback
        // finds it even when it arrives before the answer. A random id can't be guessed.
        $order = bin2hex(random_bytes(16));
        $this->orders[$order] = ['amount' => $amount, 'state' => 'pending'];
        $stamp = (new DateTime('now', new DateTimeZone('Africa/Nairobi')))->format('YmdHis');
        $this->call('/mpesa/stkpush/v1/processrequest', 'Bearer ' . $this->token(), [
            'BusinessShortCode' => $this->shortcode,
            'Password' => base64_encode($this->shortcode . $this->passkey . $stamp),
            'Timestamp' => $stamp,
            'TransactionType' => 'CustomerPayBillOnline',
            'Amount' => $amount,
            'PartyA' => $phone,
            'PartyB' => $this->shortcode,
            'PhoneNumber' => $phone,
            'CallBackURL' => "$this->callbackUrl/$order",
            'AccountReference' => $reference,
            'TransactionDesc' => 'Order',
        ]);
        return $order;
    }

    /**
     * Applies a callback; one that comes again changes nothing. The script at the callback
     * URL calls it with the last part of its path and json_decode(file_get_contents('php://input'), true).
     */
    public function callback(string $order, array $body): void
    {
        $result = $body['Body']['stkCallback'];
        $state = &$this->orders[$order]['state'];
        if ($state !== 'pending') {
            return;
        }
        if ($result['ResultCode'] !== 0) {
            $state = 'failed';
            return;
        }
        $items = array_column($result['CallbackMetadata']['Item'], 'Value', 'Name');
        $receipt = $items['MpesaReceiptNumber'];
        if ((float) $items['Amount'] !== (float) $this->orders[$order]['amount'] || isset($this->credited[$receipt])) {
            $state = 'review'; // a person compares it with the M-PESA statement
            return;
        }
        $state = 'paid';
        $this->credited[$receipt] = $this->orders[$order]['amount'];
    }

    private function token(): string
    {
        $basic = 'Basic ' . base64_encode("$this->key:$this->secret");
        return $this->call('/oauth/v1/generate?grant_type=client_credentials', $basic)['access_token'];
    }

    private function call(string $path, string $authorization, ?array $body = null): array
    {
        $headers = "Authorization: $authorization\r\n" . ($body === null ? '' : "Content-Type: application/json\r\n");
        $http = ['method' => $body === null ? 'GET' : 'POST', 'header' => $headers, 'ignore_errors' => true, 'timeout' => 10];
        $http += $body === null ? [] : ['content' => json_encode($body)];
        return json_decode(file_get_contents($this->url . $path, false, stream_context_create(['http' => $http])), true);
    }
}
