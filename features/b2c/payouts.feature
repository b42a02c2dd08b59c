Feature: A business pays a customer
  The money goes from the Utility Account of the business to the wallet of the customer. The
  result comes later.

  Scenario: A customer is paid
    Given a customer who has KES 1000
    When an app calls "/mpesa/b2c/v3/paymentrequest" with:
      | OriginatorConversationID | payout {customer}            |
      | InitiatorName            | testapi                      |
      | SecurityCredential       | {credential Safaricom999!*!} |
      | CommandID                | BusinessPayment              |
      | Amount                   | 500                          |
      | PartyA                   | 600984                       |
      | PartyB                   | {customer}                   |
      | Remarks                  | winnings                     |
      | QueueTimeOutURL          | {url timeout}                |
      | ResultURL                | {url result}                 |
      | Occassion                | draw 12                      |
    Then M-PESA's answer has:
      | OriginatorConversationID | payout {customer} |
    And M-PESA sends to "result":
      | ResultCode               | 0                 |
      | OriginatorConversationID | payout {customer} |
      | TransactionAmount        | 500               |
      | TransactionReceipt       | {receipt}         |
    And the customer has KES 1500 left
    And the customer gets an SMS with "You have received Ksh500.00"

  Scenario: The same payout is sent twice
    Given a customer who has KES 1000
    When an app calls "/mpesa/b2c/v3/paymentrequest" with:
      | OriginatorConversationID | twice {customer}             |
      | InitiatorName            | testapi                      |
      | SecurityCredential       | {credential Safaricom999!*!} |
      | CommandID                | SalaryPayment                |
      | Amount                   | 500                          |
      | PartyA                   | 600984                       |
      | PartyB                   | {customer}                   |
      | QueueTimeOutURL          | {url timeout}                |
      | ResultURL                | {url result}                 |
    And an app calls "/mpesa/b2c/v3/paymentrequest" with:
      | OriginatorConversationID | twice {customer}             |
      | InitiatorName            | testapi                      |
      | SecurityCredential       | {credential Safaricom999!*!} |
      | CommandID                | SalaryPayment                |
      | Amount                   | 500                          |
      | PartyA                   | 600984                       |
      | PartyB                   | {customer}                   |
      | QueueTimeOutURL          | {url timeout}                |
      | ResultURL                | {url result}                 |
    Then M-PESA sends to "result":
      | ResultCode | 0 |
    And the customer has KES 1500 left

  Scenario: The wallet of the customer is full
    Given a customer who has KES 499900
    When an app calls "/mpesa/b2c/v1/paymentrequest" with:
      | InitiatorName      | testapi                      |
      | SecurityCredential | {credential Safaricom999!*!} |
      | CommandID          | PromotionPayment             |
      | Amount             | 500                          |
      | PartyA             | 600984                       |
      | PartyB             | {customer}                   |
      | QueueTimeOutURL    | {url timeout}                |
      | ResultURL          | {url result}                 |
    Then M-PESA sends to "result":
      | ResultDesc | Declined due to limit rule: would exceed the maximum balance. |
    And the customer has KES 499900 left
