Feature: M-PESA is down
  When M-PESA is down, the gateway refuses orders at once and records nothing, so that
  customers do not wait for prompts that never come. It tries again by itself.

  Background:
    Given time can be moved
    And a customer

  Scenario: Orders are refused while M-PESA is down, and accepted when it is back
    Given M-PESA is down
    When the partner goes on asking other customers for KES 150 until it is told to come back later
    Then 5 orders had no answer from M-PESA
    And M-PESA is left alone
    When M-PESA is up again
    And the partner comes back when it was told to
    And the partner asks for KES 150
    Then the order is accepted
    And the partner is told that the payment was successful
    And M-PESA moved KES 150

  Scenario: The same order may be sent again once M-PESA is back
    Given M-PESA is down
    And the partner goes on asking other customers for KES 150 until it is told to come back later
    When the partner asks for KES 200 with the key "order-1"
    Then the partner is told to come back later, and nothing is on record
    When M-PESA is up again
    And the partner comes back when it was told to
    And the partner asks for KES 200 with the key "order-1"
    Then the order is accepted
    And the partner is told that the payment was successful
    And M-PESA moved KES 200

  Scenario: A repeated order is answered while M-PESA is down
    Given the partner asks for KES 150 with the key "order-2"
    And the partner is told that the payment was successful
    And M-PESA is down
    And the partner goes on asking other customers for KES 150 until it is told to come back later
    When the partner asks for KES 150 with the key "order-2"
    Then the order is a duplicate of the first one
    When M-PESA is up again
    And the partner asks for KES 150
    Then the order is accepted
