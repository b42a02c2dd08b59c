Feature: A payment from order to webhook
  A partner asks for money, the customer gets a prompt on the phone and enters the
  PIN, and the partner gets a webhook.

  Scenario: The customer pays
    Given a customer
    When the partner asks for KES 150
    Then the order is accepted
    And the partner is told that the payment was successful
    And the webhook carries the receipt in M-PESA's ledger
    And the webhook's date is the one in M-PESA's ledger, in UTC
    And the payment is successful
    And the payment has the receipt in M-PESA's ledger
    And M-PESA moved KES 150
    And the customer was prompted once

  Scenario: The webhook of a payment has ten fields
    Given a customer
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And the webhook has these fields:
      | transaction_id      | the payment's     |
      | merchant_request_id | a text            |
      | checkout_request_id | a text            |
      | result_code         | 0                 |
      | result_desc         | a text            |
      | amount              | 150               |
      | mpesa_receipt       | a text            |
      | transaction_date    | a text            |
      | phone               | the customer's    |
      | status              | "successful"      |

  Scenario: The webhook of a failure has the same ten fields
    Given a customer whose number asks for result 1032
    When the partner asks for KES 150
    Then the partner is told that the payment failed with result 1032 "Request cancelled by user"
    And the webhook has these fields:
      | transaction_id      | the payment's               |
      | merchant_request_id | a text                      |
      | checkout_request_id | a text                      |
      | result_code         | 1032                        |
      | result_desc         | "Request cancelled by user" |
      | amount              | 150                         |
      | mpesa_receipt       | null                        |
      | transaction_date    | a text                      |
      | phone               | the customer's              |
      | status              | "failed"                    |

  Scenario: A payment is pending while the customer thinks
    Given a customer who never answers the prompt
    When the partner asks for KES 150
    Then the order is accepted
    And the payment is pending
    And the partner is told nothing

  Scenario: The callback may be faster than the answer to the push
    Given a customer who takes 0 seconds to answer
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And the webhook carries the receipt in M-PESA's ledger

  Scenario Outline: A phone number written as <written>
    Given a customer with the number <number>
    When the partner asks for KES 10 from "<written>"
    Then the order is accepted
    And the partner is told that the payment was successful

    Examples:
      | written          | number       |
      | 0700000000       | 254700000000 |
      | +254 700 000 000 | 254700000000 |
      | 0110-555-019     | 254110555019 |

  Scenario Outline: The <which> amount that M-PESA moves
    Given a customer whose number asks for result 0
    When the partner asks for KES <amount>
    Then the partner is told that the payment was successful
    And M-PESA moved KES <amount>

    Examples:
      | which    | amount |
      | smallest | 1      |
      | largest  | 250000 |

  Scenario: A customer has too little money
    Given a customer who has KES 100
    When the partner asks for KES 101
    Then the partner is told that the payment failed with result 1 "The balance is insufficient for the transaction."
    And M-PESA moved KES 0

  Scenario: A customer pays two orders
    Given a customer
    And the partner is told that an order for KES 150 was paid
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And the two payments have different receipts
    And M-PESA moved KES 300

  Scenario: A payment is visible to its partner only
    Given a customer
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And another partner cannot see the payment

  Scenario: The customer has a prompt of another business open
    Given a customer who never answers the prompt
    And the customer has a prompt open from another shop
    When the partner asks for KES 150
    Then M-PESA refuses the order with "Unable to lock subscriber, a transaction is already in process for the current subscriber"
    And the payment is failed
    And the partner is told nothing
