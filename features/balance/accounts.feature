Feature: A business asks what its accounts hold
  The answer comes later, to the ResultURL of the request.

  Scenario: A paybill knows what it holds
    When an app calls "/mpesa/accountbalance/v1/query" with:
      | Initiator          | testapi                      |
      | SecurityCredential | {credential Safaricom999!*!} |
      | CommandID          | AccountBalance               |
      | PartyA             | 174379                       |
      | IdentifierType     | 4                            |
      | Remarks            | end of day                   |
      | QueueTimeOutURL    | {url timeout}                |
      | ResultURL          | {url result}                 |
    Then M-PESA's answer has:
      | ResponseCode | 0 |
    And M-PESA sends to "result":
      | ResultCode     | 0                       |
      | ConversationID | {answer ConversationID} |

  Scenario: The password of the initiator is wrong
    When an app calls "/mpesa/accountbalance/v1/query" with:
      | Initiator          | testapi            |
      | SecurityCredential | {credential wrong} |
      | CommandID          | AccountBalance     |
      | PartyA             | 174379             |
      | IdentifierType     | 4                  |
      | Remarks            | end of day         |
      | QueueTimeOutURL    | {url timeout}      |
      | ResultURL          | {url result}       |
    Then M-PESA sends to "result":
      | ResultCode | 2001                                  |
      | ResultDesc | The initiator information is invalid. |
