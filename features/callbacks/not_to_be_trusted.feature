Feature: Callbacks that contradict the order
  Any caller can post to an address. A callback that does not match credits nothing, is
  kept for audit, and is acknowledged; a contradiction goes to review.

  Scenario Outline: A callback that is <what>
    Given a customer who never answers the prompt
    And the partner asks for KES 150
    When a callback arrives with the body:
      """
      <body>
      """
    Then the gateway accepts the callback
    And the payment is pending
    And the partner is told nothing

    Examples:
      | what                         | body                                                                                                                   |
      | not JSON                     | <html>Gateway Timeout</html>                                                                                           |
      | an empty object              | {}                                                                                                                     |
      | a payment without details    | {"Body":{"stkCallback":{"CheckoutRequestID":"{prompt}","ResultCode":0,"ResultDesc":"Done"}}}                           |
      | a payment without a receipt  | {"Body":{"stkCallback":{"CheckoutRequestID":"{prompt}","ResultCode":0,"CallbackMetadata":{"Item":[{"Name":"Amount","Value":150}]}}}} |
      | a prompt that is still open  | {"Body":{"stkCallback":{"CheckoutRequestID":"{prompt}","ResultCode":4999,"ResultDesc":"The transaction is still under processing"}}} |

  Scenario: A callback for an unknown payment
    Given a customer who never answers the prompt
    And the partner asks for KES 150
    When a callback arrives at an address that the gateway never gave out, saying that the customer paid KES 150
    Then the gateway knows no such address
    And the payment is pending
    And the partner is told nothing

  Scenario: Another amount than was asked for
    Given a customer who never answers the prompt
    And the partner asks for KES 150
    When a callback arrives that says the customer paid KES 15
    Then the gateway accepts the callback
    And the payment is set aside for review because "KES 15.00 was paid, KES 150.00 was asked"
    And the partner is told nothing

  Scenario: Another phone than was asked
    Given a customer who never answers the prompt
    And the partner asks for KES 150
    When a callback arrives that says another phone paid KES 150
    Then the gateway accepts the callback
    And the payment is set aside for review because "was asked"
    And the partner is told nothing

  Scenario: A payment of another prompt
    Given a customer who never answers the prompt
    And the partner asks for KES 150
    When a callback arrives that says the customer paid KES 150 at another prompt
    Then the gateway accepts the callback
    And the payment is set aside for review because "the callback names prompt"
    And the partner is told nothing

  Scenario: A failure of another prompt
    Given a customer who never answers the prompt
    And the partner asks for KES 150
    When a callback arrives with the body:
      """
      {"Body":{"stkCallback":{"CheckoutRequestID":"ws_CO_010120261200000000700000000","ResultCode":1032,"ResultDesc":"Request cancelled by user"}}}
      """
    Then the gateway accepts the callback
    And the payment is set aside for review because "the callback names prompt"
    And the partner is told nothing

  Scenario: Money after a failure was reported
    Given a customer who takes 60 seconds to answer
    And the partner asks for KES 150
    When a callback arrives that says the prompt ended with result 1032
    Then the gateway accepts the callback
    And the partner is told that the payment failed with result 1032 "Request cancelled by user"
    And the partner is told that the payment was successful
    And the webhook carries the receipt in M-PESA's ledger
    And the payment is successful
    And nothing about the payment needs a review

  Scenario Outline: A result that is not known to be final: <what>
    Given a customer who takes 60 seconds to answer
    And the partner asks for KES 150
    When a callback arrives with the body:
      """
      <body>
      """
    Then the gateway accepts the callback
    And the payment is pending
    And the partner is told that the payment was successful
    And the webhook carries the receipt in M-PESA's ledger
    And nothing about the payment needs a review

    Examples:
      | what                  | body                                                                                                                        |
      | a spelling of success | {"Body":{"stkCallback":{"CheckoutRequestID":"{prompt}","ResultCode":"00","ResultDesc":"Done"}}}                              |
      | false                 | {"Body":{"stkCallback":{"CheckoutRequestID":"{prompt}","ResultCode":false,"ResultDesc":"Done"}}}                             |
      | a list                | {"Body":{"stkCallback":{"CheckoutRequestID":"{prompt}","ResultCode":[],"ResultDesc":"Done"}}}                                |

  Scenario Outline: A callback that contradicts itself: <what>
    Given a customer who never answers the prompt
    And the partner asks for KES 150
    When a callback arrives with the body:
      """
      <body>
      """
    Then the gateway accepts the callback
    And the payment is set aside for review because "the callback contradicts itself"
    And the partner is told nothing

    Examples:
      | what          | body                                                                                                                                          |
      | two results   | {"Body":{"stkCallback":{"CheckoutRequestID":"{prompt}","ResultCode":1032,"ResultCode":0,"ResultDesc":"Done"}}}                                |
      | two callbacks | {"Body":{"stkCallback":{"CheckoutRequestID":"{prompt}","ResultCode":1032,"ResultDesc":"Request cancelled by user"}}}{"Body":{}}               |

  Scenario: A failure after the money came
    Given a customer
    And the partner is told that an order for KES 150 was paid
    When a callback arrives that says the prompt ended with result 1032
    Then the gateway accepts the callback
    And the payment is successful
    And the payment needs a review because "result 1032 came although the payment was paid"
    And the partner is told once

  Scenario: A second receipt for a payment
    Given a customer
    And the partner is told that an order for KES 150 was paid
    When a callback arrives that says the customer paid KES 150
    Then the gateway accepts the callback
    And the payment is successful
    And the payment has the receipt in M-PESA's ledger
    And the payment needs a review because "a second receipt"
    And the partner is told once

  Scenario: The same callback fifty times at once
    Given a customer
    And the partner is told that an order for KES 150 was paid
    When the same callback arrives 50 more times at once
    Then the gateway accepts the callback
    And the payment is successful
    And nothing about the payment needs a review
    And the partner is told once
