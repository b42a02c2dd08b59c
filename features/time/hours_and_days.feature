Feature: Hours and days
  Faults that last for hours or days. The tests move the clock instead of waiting.

  Background:
    Given time can be moved
    And a customer

  Scenario: A customer who takes a minute to answer
    Given a customer who takes 60 seconds to answer
    When the partner asks for KES 150
    And 59 seconds pass
    Then the payment is pending
    When 1 second passes
    Then the payment is successful
    And the partner is told once

  Scenario: The access token is renewed when its hour is over
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    When 2 hours pass
    And another customer
    And the partner asks for KES 200
    Then the partner is told that the payment was successful
    And the gateway has since asked M-PESA for a new token

  Scenario: A partner that is down for two days gets its webhook
    Given the partner's system is down for now
    When the partner asks for KES 150
    And 2 days pass
    Then the payment is successful
    When the partner's system is up again
    Then the partner is told that the payment was successful
    And M-PESA moved KES 150

  Scenario: No callback comes and M-PESA can't say for half an hour
    Given this scenario file is loaded:
      """
      name: deaf and dumb
      rules:
        - when: {api: stkquery}
          then: {reply: {page: waf_503}}
        - when: {phone: "{customer}"}
          then: {callback: {drop: true}}
      """
    When the partner asks for KES 150
    And 29 minutes pass
    Then the payment is pending
    When 10 minutes pass
    Then the payment is set aside for review because "no callback, and no answer to"
    And the partner is told nothing
    And M-PESA moved KES 150

  Scenario: The callback of a payment that was given up comes after three hours
    Given this scenario file is loaded:
      """
      name: three hours late
      rules:
        - when: {api: stkquery}
          then: {reply: {page: waf_503}}
        - when: {phone: "{customer}"}
          then: {callback: {delay: 3h}}
      """
    When the partner asks for KES 150
    And 1 hour passes
    Then the payment is set aside for review because "no callback, and no answer to"
    When 3 hours pass
    Then the partner is told that the payment was successful
    And the webhook carries the receipt in M-PESA's ledger
    And the partner is told once
