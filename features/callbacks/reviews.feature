Feature: Payments that need a person
  What the gateway cannot know, or what came after a result, is in one list until a person
  resolves it. A partner can choose to get a webhook.

  Scenario: A contradiction is listed, told and resolved
    Given a customer who never answers the prompt
    And a partner that wants to hear of reviews asks for KES 150
    When a callback arrives that says the customer paid KES 15
    Then the partner is told that the payment needs a review because "KES 15.00 was paid, KES 150.00 was asked"
    And the partner's list of payments that need a person has the payment because "KES 15.00 was paid"
    When an administrator resolves the review as failed with the note "KES 15 were sent back"
    Then the payment is failed
    And the partner is told that the payment failed
    And the partner's list of payments that need a person does not have the payment

  Scenario: A second receipt is listed until a person has dealt with it
    Given a customer
    And the partner is told that an order for KES 150 was paid
    When a callback arrives that says the customer paid KES 150
    Then the partner's list of payments that need a person has the payment because "a second receipt"
    When an administrator resolves the review as is with the note "the second payment was sent back"
    Then the payment is successful
    And nothing about the payment needs a review
    And the partner's list of payments that need a person does not have the payment
    And the partner is told once
