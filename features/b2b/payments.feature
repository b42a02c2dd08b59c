Feature: A business pays another business
  The result comes later, to the ResultURL of the request.

  Scenario: A supplier is paid, and the fee is the payer's
    When an app calls "/mpesa/b2b/v1/paymentrequest" with:
      | Initiator              | testapi                      |
      | SecurityCredential     | {credential Safaricom999!*!} |
      | CommandID              | BusinessPayBill              |
      | SenderIdentifierType   | 4                            |
      | RecieverIdentifierType | 4                            |
      | Amount                 | 239                          |
      | PartyA                 | 600977                       |
      | PartyB                 | 600000                       |
      | AccountReference       | INV-7                        |
      | Remarks                | July                         |
      | QueueTimeOutURL        | {url timeout}                |
      | ResultURL              | {url result}                 |
    Then M-PESA's answer has:
      | ResponseCode | 0 |
    And M-PESA sends to "result":
      | ResultCode          | 0                              |
      | ConversationID      | {answer ConversationID}        |
      | Amount              | 239.00                         |
      | DebitPartyCharges   | Business Pay Bill Charge\|KES\|7.00 |
      | BillReferenceNumber | INV-7                          |

  Scenario: A business without money on its Working Account cannot pay
    When an app calls "/mpesa/b2b/v1/paymentrequest" with:
      | Initiator              | testapi                      |
      | SecurityCredential     | {credential Safaricom999!*!} |
      | CommandID              | BusinessBuyGoods             |
      | SenderIdentifierType   | 4                            |
      | RecieverIdentifierType | 2                            |
      | Amount                 | 239                          |
      | PartyA                 | 174379                       |
      | PartyB                 | 174380                       |
      | Remarks                | stock                        |
      | QueueTimeOutURL        | {url timeout}                |
      | ResultURL              | {url result}                 |
    Then M-PESA sends to "result":
      | ResultCode | 1                                              |
      | ResultDesc | The balance is insufficient for the transaction. |

  Scenario: Tax is paid to the revenue authority
    When an app calls "/mpesa/b2b/v1/remittax" with:
      | Initiator              | testapi                      |
      | SecurityCredential     | {credential Safaricom999!*!} |
      | CommandID              | PayTaxToKRA                  |
      | SenderIdentifierType   | 4                            |
      | RecieverIdentifierType | 4                            |
      | Amount                 | 50                           |
      | PartyA                 | 600977                       |
      | PartyB                 | 572572                       |
      | AccountReference       | PRN1234XN                    |
      | Remarks                | tax                          |
      | QueueTimeOutURL        | {url timeout}                |
      | ResultURL              | {url result}                 |
    Then M-PESA sends to "result":
      | ResultCode              | 0                                |
      | BillReferenceNumber     | PRN1234XN                        |
      | ReceiverPartyPublicName | 572572 - Kenya Revenue Authority |
