<?php
// A shop that takes M-PESA by STK push: the program under test. No packages.
declare(strict_types=1);

final class Shop
{
    public function __construct(
        private string $url,
        private string $key,
        private string $secret,
        private string $shortcode,
        private string $passkey,
        private string $callbackUrl,
    ) {
    }

    /** Asks the customer for money and returns the order's id. */
    public function order(string $phone, int $amount, string $reference): string
    {
        $stamp = $this->stamp();
        $ack = $this->call('/mpesa/stkpush/v1/processrequest', 'Bearer ' . $this->token(), [
            'BusinessShortCode' => $this->shortcode,
            'Password' => $this->password($stamp),
            'Timestamp' => $stamp,
            'TransactionType' => 'CustomerPayBillOnline',
            'Amount' => $amount,
            'PartyA' => $phone,
            'PartyB' => $this->shortcode,
            'PhoneNumber' => $phone,
            'CallBackURL' => $this->callbackUrl,
            'AccountReference' => $reference,
            'TransactionDesc' => 'Order',
        ]);
        return $ack['CheckoutRequestID'];
    }

    /** Asks Daraja what became of an order: 'pending', 'paid' or 'failed'. */
    public function state(string $order): string
    {
        $stamp = $this->stamp();
        $answer = $this->call('/mpesa/stkpushquery/v1/query', 'Bearer ' . $this->token(), [
            'BusinessShortCode' => $this->shortcode,
            'Password' => $this->password($stamp),
            'Timestamp' => $stamp,
            'CheckoutRequestID' => $order,
        ]);
        return match ((string) ($answer['ResultCode'] ?? 'pending')) {
            '0' => 'paid',
            'pending', '4999' => 'pending',
            default => 'failed',
        };
    }

    private function stamp(): string
    {
        return (new DateTime('now', new DateTimeZone('Africa/Nairobi')))->format('YmdHis');
    }

    private function password(string $stamp): string
    {
        return base64_encode($this->shortcode . $this->passkey . $stamp);
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
