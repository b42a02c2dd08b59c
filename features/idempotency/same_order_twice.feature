Feature: The same order twice
  A partner that got no answer sends its order again, with the same idempotency key.
  The customer must not be asked to pay twice.

  Scenario: The same order with the same key is a duplicate
    Given a customer
    And the partner asks for KES 150 with the key "invoice-1"
    And the partner is told that the payment was successful
    When the partner asks for KES 150 with the key "invoice-1"
    Then the order is a duplicate of the first one
    And the customer was prompted once
    And the partner is told once

  Scenario: A duplicate before the customer has answered
    Given a customer who never answers the prompt
    And the partner asks for KES 150 with the key "invoice-1"
    When the partner asks for KES 150 with the key "invoice-1"
    Then the order is a duplicate of the first one
    And the customer was prompted once

  Scenario: A duplicate of an order that failed makes no prompt
    Given a customer whose number asks for result 1032
    And the partner asks for KES 150 with the key "invoice-1"
    And the partner is told that the payment failed with result 1032 "Request cancelled by user"
    When the partner asks for KES 150 with the key "invoice-1"
    Then the order is a duplicate of the first one
    And the customer was prompted once

  Scenario: The same key for another amount is refused
    Given a customer
    And the partner asks for KES 150 with the key "invoice-1"
    And the partner is told that the payment was successful
    When the partner asks for KES 151 with the key "invoice-1"
    Then the gateway refuses the order as another one, because "X-Idempotency-Key was used before with another body"
    And the customer was prompted once

  Scenario: A hundred copies at the same time make one push
    Given a customer
    When 100 copies of an order for KES 150 with the key "invoice-1" arrive at once
    Then one of them is accepted, and the others are duplicates or told to try again
    And the partner is told that the payment was successful
    And the customer was prompted once
    And the partner is told once

  Scenario: A copy that comes while the first is in flight must be tried again
    Given a customer
    And M-PESA is slow to answer the gateway
    When 2 copies of an order for KES 150 with the key "invoice-1" arrive at once
    Then one of them is told to try again, because "a request with this X-Idempotency-Key is in flight; try again"
    When M-PESA answers the gateway
    Then the other one is accepted
    And the partner is told that the payment was successful
    And the customer was prompted once

  Scenario: A mistake does not use up the key
    Given a customer
    And the partner asks for KES 0 with the key "invoice-1"
    And the gateway refuses the order because "amount must be a whole number of shillings from 1 to 250000"
    When the partner asks for KES 150 with the key "invoice-1"
    Then the order is accepted
    And the partner is told that the payment was successful

  Scenario: A refusal by M-PESA stays the answer
    Given a customer who never answers the prompt
    And the customer has a prompt open from another shop
    And the partner asks for KES 150 with the key "invoice-1"
    When the partner asks for KES 150 with the key "invoice-1"
    Then M-PESA refuses the order with "Unable to lock subscriber, a transaction is already in process for the current subscriber"
    And the gateway has called M-PESA once for the order

  Scenario: Keys belong to a partner
    Given a customer
    And the partner asks for KES 150 with the key "invoice-1"
    And the partner is told that the payment was successful
    When another partner asks for KES 150 with the key "invoice-1"
    Then the order is accepted
    And the partner is told that the payment was successful
    And M-PESA moved KES 300

  Scenario: Without a key each order is a payment
    Given a customer
    And the partner is told that an order for KES 150 was paid
    When the partner asks for KES 150
    Then the order is accepted
    And the partner is told that the payment was successful
    And M-PESA moved KES 300
