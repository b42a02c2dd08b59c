Feature: A business asks what has happened to a payment
  It knows the receipt, or the ids that M-PESA gave its request. The answer comes later, to
  the ResultURL.

  Scenario: A customer shows a receipt
    Given a customer who has KES 1000
    When the customer does "pay" of "c2b" with:
      | phone     | {customer} |
      | shortcode | 174379     |
      | amount    | 150        |
      | reference | INV-7      |
    And an app calls "/mpesa/transactionstatus/v1/query" with:
      | Initiator          | testapi                      |
      | SecurityCredential | {credential Safaricom999!*!} |
      | CommandID          | TransactionStatusQuery       |
      | TransactionID      | {receipt}                    |
      | PartyA             | 174379                       |
      | IdentifierType     | 4                            |
      | ResultURL          | {url result}                 |
      | QueueTimeOutURL    | {url timeout}                |
      | Remarks            | shown at the counter         |
      | Occasion           | INV-7                        |
    Then M-PESA sends to "result":
      | TransactionStatus | Completed |
      | Amount            | 150       |
      | ReceiptNo         | {receipt} |
      | Occasion          | INV-7     |

  Scenario: The receipt is made up
    When an app calls "/mpesa/transactionstatus/v1/query" with:
      | Initiator          | testapi                      |
      | SecurityCredential | {credential Safaricom999!*!} |
      | CommandID          | TransactionStatusQuery       |
      | TransactionID      | UKU0000XYZ                   |
      | PartyA             | 174379                       |
      | IdentifierType     | 4                            |
      | ResultURL          | {url result}                 |
      | QueueTimeOutURL    | {url timeout}                |
    Then M-PESA sends to "result":
      | ResultDesc | The transaction receipt number does not exist. |

  Scenario: A payout whose result was lost
    Given a customer who has KES 1000
    When an app calls "/mpesa/b2c/v1/paymentrequest" with:
      | InitiatorName      | testapi                      |
      | SecurityCredential | {credential Safaricom999!*!} |
      | CommandID          | BusinessPayment              |
      | Amount             | 200                          |
      | PartyA             | 600984                       |
      | PartyB             | {customer}                   |
      | Remarks            | refund                       |
      | QueueTimeOutURL    | {url timeout}                |
      | ResultURL          | {url lost}                   |
    Then the customer has KES 1200 left
    When an app calls "/mpesa/transactionstatus/v1/query" with:
      | Initiator              | testapi                      |
      | SecurityCredential     | {credential Safaricom999!*!} |
      | CommandID              | TransactionStatusQuery       |
      | OriginalConversationID | {answer ConversationID}      |
      | PartyA                 | 600984                       |
      | IdentifierType         | 4                            |
      | ResultURL              | {url result}                 |
      | QueueTimeOutURL        | {url timeout}                |
    Then M-PESA sends to "result":
      | TransactionStatus | Completed |
      | Amount            | 200       |
      | ReceiptNo         | {receipt} |
