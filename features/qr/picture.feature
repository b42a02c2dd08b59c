Feature: A business shows a QR code at its counter
  The customer scans it instead of typing whom to pay, how much and for what.

  Scenario: A shop gets a code for a bill
    When an app calls "/mpesa/qrcode/v1/generate" with:
      | MerchantName | Duka la Soko |
      | RefNo        | INV-7        |
      | Amount       | 150          |
      | TrxCode      | BG           |
      | CPI          | 174380       |
      | Size         | 300          |
    Then M-PESA's answer has:
      | ResponseDescription | The service request is processed successfully. |

  Scenario: A code for an amount that cannot be paid
    When an app calls "/mpesa/qrcode/v1/generate" with:
      | MerchantName | Duka la Soko |
      | RefNo        | INV-7        |
      | Amount       | 0            |
      | TrxCode      | BG           |
      | CPI          | 174380       |
      | Size         | 300          |
    Then M-PESA refuses with "Bad Request - Invalid Amount"
    And the simulator explains "it must be a whole number"
