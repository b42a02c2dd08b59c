Feature: Too many prompts for one phone
  A prompt takes over a customer's phone. Whoever floods one with prompts, by mistake
  or not, is stopped.

  Scenario: A phone that has had its share of prompts is left alone for a while
    Given time can be moved
    And the gateway lets a phone have 12 prompts in a minute
    And a customer who takes 0 seconds to answer
    And the customer has been asked for KES 10 and has paid, 12 times
    When the partner asks for KES 10
    Then the partner is told that the phone has had its share
    And M-PESA moved KES 120
    When the partner comes back when it was told to
    And the partner asks for KES 10
    Then the order is accepted
    And the partner is told that the payment was successful
    And M-PESA moved KES 130

  Scenario: Another phone is not concerned
    Given time can be moved
    And the gateway lets a phone have 12 prompts in a minute
    And a customer who takes 0 seconds to answer
    And the customer has been asked for KES 10 and has paid, 12 times
    When another customer
    And the partner asks for KES 10
    Then the order is accepted
