Feature: Too many prompts for one phone
  A prompt takes over a customer's phone. The gateway limits the prompts on one phone.

  Scenario: A phone that has had its limit of prompts gets no more for a while
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

  Scenario: Another phone is not affected
    Given time can be moved
    And the gateway lets a phone have 12 prompts in a minute
    And a customer who takes 0 seconds to answer
    And the customer has been asked for KES 10 and has paid, 12 times
    When another customer
    And the partner asks for KES 10
    Then the order is accepted
