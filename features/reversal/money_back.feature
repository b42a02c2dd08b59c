Feature: A business gives a payment back
  A customer has paid by mistake. The money returns to the wallet once.

  Scenario: The customer gets the money back
    Given a customer who has KES 1000
    When the customer does "pay" of "c2b" with:
      | phone     | {customer} |
      | shortcode | 174379     |
      | amount    | 150        |
      | reference | INV-7      |
    Then the customer has KES 850 left
    When an app calls "/mpesa/reversal/v1/request" with:
      | Initiator              | testapi                      |
      | SecurityCredential     | {credential Safaricom999!*!} |
      | CommandID              | TransactionReversal          |
      | TransactionID          | {receipt}                    |
      | Amount                 | 150                          |
      | ReceiverParty          | 174379                       |
      | RecieverIdentifierType | 11                           |
      | ResultURL              | {url result}                 |
      | QueueTimeOutURL        | {url timeout}                |
      | Remarks                | paid by mistake              |
    Then M-PESA sends to "result":
      | ResultCode | 0   |
      | Amount     | 150 |
    And the customer has KES 1000 left
    And the customer gets an SMS with "has been reversed"
    When an app calls "/mpesa/reversal/v1/request" with:
      | Initiator              | testapi                      |
      | SecurityCredential     | {credential Safaricom999!*!} |
      | CommandID              | TransactionReversal          |
      | TransactionID          | {sent OriginalTransactionID} |
      | Amount                 | 150                          |
      | ReceiverParty          | 174379                       |
      | RecieverIdentifierType | 11                           |
      | ResultURL              | {url again}                  |
      | QueueTimeOutURL        | {url timeout}                |
      | Remarks                | clicked twice                |
    Then M-PESA sends to "again":
      | ResultDesc | The transaction has already been reversed |
    And the customer has KES 1000 left

  Scenario: Another business cannot take the payment back
    Given a customer who has KES 1000
    When the customer does "pay" of "c2b" with:
      | phone     | {customer} |
      | shortcode | 174379     |
      | amount    | 150        |
      | reference | INV-7      |
    And an app calls "/mpesa/reversal/v1/request" with:
      | Initiator              | testapi                      |
      | SecurityCredential     | {credential Safaricom999!*!} |
      | CommandID              | TransactionReversal          |
      | TransactionID          | {receipt}                    |
      | Amount                 | 150                          |
      | ReceiverParty          | 600984                       |
      | RecieverIdentifierType | 11                           |
      | ResultURL              | {url result}                 |
      | QueueTimeOutURL        | {url timeout}                |
      | Remarks                | not ours                     |
    Then M-PESA sends to "result":
      | ResultDesc | The OriginalTransactionID is invalid. |
    And the customer has KES 850 left
