Feature: A business pays a trader's business wallet
  A trader with Pochi la Biashara is paid by phone number.

  Scenario: A trader is paid
    Given a customer who has KES 1000
    When an app calls "/mpesa/b2pochi/v1/paymentrequest" with:
      | OriginatorConversationID | pochi {customer}             |
      | InitiatorName            | testapi                      |
      | SecurityCredential       | {credential Safaricom999!*!} |
      | CommandID                | BusinessPayToPochi           |
      | Amount                   | 500                          |
      | PartyA                   | 600984                       |
      | PartyB                   | {customer}                   |
      | Remarks                  | tomatoes                     |
      | QueueTimeOutURL          | {url timeout}                |
      | ResultURL                | {url result}                 |
    Then M-PESA sends to "result":
      | ResultCode         | 0             |
      | TransactionReceipt | {receipt}     |
      | QueueTimeoutURL    | {url timeout} |
    And the customer has KES 1500 left

  Scenario: The password of the initiator is wrong
    Given a customer who has KES 1000
    When an app calls "/mpesa/b2pochi/v1/paymentrequest" with:
      | OriginatorConversationID | wrong {customer}   |
      | InitiatorName            | testapi            |
      | SecurityCredential       | {credential wrong} |
      | CommandID                | BusinessPayToPochi |
      | Amount                   | 500                |
      | PartyA                   | 600984             |
      | PartyB                   | {customer}         |
      | Remarks                  | tomatoes           |
      | QueueTimeOutURL          | {url timeout}      |
      | ResultURL                | {url result}       |
    Then M-PESA sends to "result":
      | ResultCode | 2001 |
    And the customer has KES 1000 left
