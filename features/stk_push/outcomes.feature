Feature: Results of a prompt
  M-PESA says how a prompt ended with a result code. The partner gets each of
  them, with M-PESA's text; money has moved at 0 only.

  A phone number 2547000 + the code in five digits asks the simulator for it.

  Scenario: 0, paid
    Given a customer whose number asks for result 0
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And the customer was prompted once

  Scenario Outline: <code>, the customer's side: <meaning>
    Given a customer whose number asks for result <code>
    When the partner asks for KES 150
    Then the partner is told that the payment failed with result <code> "<words>"
    And the payment is not flagged for support
    And the customer was prompted once

    Examples:
      | code | meaning                     | words                                                                                     |
      | 1    | too little money            | The balance is insufficient for the transaction.                                          |
      | 2    | too small an amount         | Declined due to limit rule.                                                               |
      | 3    | too large an amount         | Declined due to limit rule: greater than the maximum transaction amount.                  |
      | 4    | the day's limit             | Declined due to limit rule: would exceed daily transfer limit.                            |
      | 17   | the same amount again       | Rule limited.                                                                             |
      | 1001 | another transaction is open | Unable to lock subscriber, a transaction is already in process for the current subscriber |
      | 1019 | too slow                    | Transaction has expired                                                                   |
      | 1031 | cancelled, the older form   | Request cancelled by user                                                                 |
      | 1032 | cancelled                   | Request cancelled by user                                                                 |
      | 1037 | the phone cannot be reached | DS timeout user cannot be reached.                                                        |
      | 2001 | a wrong PIN                 | The initiator information is invalid.                                                     |
      | 2006 | a suspended account         | Declined due to account rule: The account status does not allow this transaction.         |
      | 2008 | not authenticated           | Authentication Failed.                                                                    |
      | 2026 | the session ended           | The channel session ID has expired.                                                       |
      | 8006 | a locked PIN                | The security credential is locked.                                                        |

  Scenario Outline: <code>, M-PESA's side: <meaning>
    Given a customer whose number asks for result <code>
    When the partner asks for KES 150
    Then the partner is told that the payment failed with result <code> "<words>"
    And the payment is not flagged for support

    Examples:
      | code | meaning                         | words                                                                                           |
      | 26   | too much traffic                | System busy. The service request is rejected.                                                   |
      | 1025 | the prompt could not be sent    | An error occurred while sending a push request.                                                 |
      | 1036 | the network did not confirm     | SMSC ACK timeout.                                                                               |
      | 2029 | no reason known                 | Failed due to an unresolved reason type.                                                        |
      | 2040 | a receiver of the wrong kind    | Credit Party customer type (Unregistered or Registered Customer) can't be supported by the service . |
      | 2202 | an unknown account number       | The Account Number you provided is not exist. Please check your input information.              |

  Scenario Outline: <code>, a person must look: <meaning>
    Given a customer whose number asks for result <code>
    When the partner asks for KES 150
    Then the partner is told that the payment failed with result <code> "<words>"
    And the payment is flagged for support

    Examples:
      | code | meaning                          | words                                                                                                      |
      | 8    | the business's account is full   | Declined due to limit rule: would exceed the maximum balance.                                              |
      | 2007 | the business refused it          | External validation failed for the C2B transaction.                                                        |
      | 2028 | the shortcode is set up wrongly  | The request is not permitted according to product assignment.                                              |
      | 2033 | M-PESA cannot find it            | The transaction receipt number cannot be found by the specified OriginatorConversationID or ConversationID. |
      | 2043 | the till belongs to another      | This organization is not a child organization of the initiator.                                            |
      | 9999 | a fault inside M-PESA            | Internal error occurred while executing the transaction.                                                   |

  Scenario: 4005, M-PESA timed out: the customer is prompted three times in all
    Given a customer whose number asks for result 4005
    When the partner asks for KES 150
    Then the partner is told that the payment failed with result 4005 "Request timeout – retry after 5s"
    And the customer was prompted 3 times
    And the partner is told once

  Scenario Outline: A result with other words: <code> "<words>"
    Given a customer
    And the customer's prompt ends with result <code> and the words "<words>"
    When the partner asks for KES 150
    Then the partner is told that the payment failed with result <code> "<words>"

    Examples:
      | code | words                              |
      | 1037 | No response from user.             |
      | 1037 | DS timeout user cannot be reached. |

  Scenario Outline: A result that is not a number: <code>
    Given a customer
    And the customer's prompt ends with result <code>
    When the partner asks for KES 150
    Then the partner is told that the payment failed with result "<code>" "<words>"

    Examples:
      | code       | words                                  |
      | SFC_IC0003 | The operator does not exist.           |
      | E3008      | Error, the user has a bad debt contract. |

  Scenario Outline: <code> in Malipo's words
    Given M-PESA's setting "dialect" is "malipo"
    And a customer whose number asks for result <code>
    When the partner asks for KES 150
    Then the partner is told that the payment failed with result <code> "<words>"

    Examples:
      | code | words                                   |
      | 1032 | Invalid credentials                     |
      | 2001 | Insufficient balance                    |
      | 9999 | Internal system error – contact support |
