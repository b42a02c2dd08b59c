Feature: A receipt belongs to one payment
  M-PESA's receipt is the proof that money came. One receipt can't prove two
  payments.

  Scenario: A second payment that comes back with the first one's receipt is not credited
    Given a customer
    And the partner is told that an order for KES 150 was paid
    And M-PESA puts the receipt of the previous payment on the callback
    When the partner asks for KES 150
    Then the payment is set aside for review because "already belongs to transaction"
    And the partner is told nothing

  Scenario: The payment that had the receipt first keeps it
    Given a customer
    And the partner is told that an order for KES 150 was paid
    And M-PESA puts the receipt of the previous payment on the callback
    And the partner asks for KES 150
    And the payment is set aside for review because "already belongs to transaction"
    When the partner looks at the first payment
    Then the payment is successful
    And nothing about the payment needs a review
    And the partner is told once

  Scenario: A receipt that another customer paid with
    Given a customer
    And the partner is told that an order for KES 150 was paid
    And another customer who never answers the prompt
    And the partner asks for KES 150
    When a callback arrives that says the customer paid KES 150 with the first payment's receipt
    Then the gateway accepts the callback
    And the payment is set aside for review because "already belongs to transaction"
    And the partner is told nothing
