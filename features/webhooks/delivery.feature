Feature: Webhooks to the partner
  The partner gets a webhook for each payment that ended, until it answers with 2xx.

  Scenario Outline: The partner <trouble>, and the webhook is sent again
    Given a customer
    And the partner's system <trouble> at the first webhook
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And it was told 2 times, in the same words

    Examples:
      | trouble                           |
      | answers 503                       |
      | sends elsewhere, answering 302    |
      | breaks the connection             |

  Scenario Outline: Any 2xx is a success: <status>
    Given a customer
    And the partner's system answers <status> to every webhook
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And the partner is told once

    Examples:
      | status |
      | 201    |
      | 204    |

  Scenario: A slow partner gets one webhook
    Given a customer
    And the partner's system takes 200 milliseconds to answer
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And the partner is told once

  Scenario: A partner that stays down can ask
    Given a customer
    And the partner's system stays down
    When the partner asks for KES 150
    Then the payment is successful
    And the payment has the receipt in M-PESA's ledger

  Scenario: Each order has its own address for the webhook
    Given a customer
    And the partner is told that an order for KES 150 was paid
    When the partner asks for KES 200, to be told at another address
    Then the partner is told at the other address that the payment was successful
    And the partner is told once
