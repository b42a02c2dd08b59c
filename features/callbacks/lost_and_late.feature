Feature: Callbacks that are late, doubled or lost
  M-PESA sends its result once and does not check whether it arrived. The gateway
  sends a query when no callback comes, and applies each result once, however often it
  comes.

  Scenario: A late callback
    Given a customer
    And M-PESA delays the callback by 10 seconds
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And the webhook carries the receipt in M-PESA's ledger
    And the partner is told once

  Scenario Outline: A callback that comes <times> times, <apart>
    Given a customer
    And M-PESA sends the callback <times> times, <seconds> seconds apart
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And the gateway accepts all <times> copies of the callback
    And the payment is successful
    And nothing about the payment needs a review
    And the partner is told once
    And M-PESA moved KES 150

    Examples:
      | times | apart                | seconds |
      | 2     | one after the other  | 1       |
      | 10    | all at the same time | 0       |

  Scenario: A failure that comes twice makes one webhook
    Given a customer
    And the customer's prompt ends with result 1032
    And M-PESA sends the callback 2 times, 1 seconds apart
    When the partner asks for KES 150
    Then the partner is told that the payment failed with result 1032 "Request cancelled by user"
    And the gateway accepts all 2 copies of the callback
    And nothing about the payment needs a review
    And the partner is told once

  Scenario: The callback is lost, the gateway queries, and then the callback comes
    Given a customer
    And M-PESA loses the callback
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And the webhook carries no receipt
    And the gateway has asked M-PESA what became of the prompt
    When the lost callback arrives after all
    Then the gateway accepts the callback
    And the payment has the receipt in M-PESA's ledger
    And nothing about the payment needs a review
    And the partner is told once

  Scenario Outline: The callback is lost, and the customer has not answered yet when the gateway queries (<form>)
    Given M-PESA's setting "pending_query" is "<form>"
    And a customer who takes 60 seconds to answer
    And the customer's prompt ends with result <result>
    And M-PESA loses the callback
    When the partner asks for KES 150
    Then the partner is told that <what>
    And the gateway has asked M-PESA more than once what became of the prompt

    Examples:
      | form | result | what                                                            |
      | 4999 | 0      | the payment was successful                                      |
      | 500  | 1032   | the payment failed with result 1032 "Request cancelled by user" |

  Scenario Outline: A form of the callback that was seen: <setting> is <value>
    Given M-PESA's setting "<setting>" is "<value>"
    And a customer
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And the webhook carries the receipt in M-PESA's ledger
    And nothing about the payment needs a review

    Examples:
      | setting            | value  |
      | callback_amount    | 1      |
      | callback_balance   | absent |
      | checkout_id_millis | 1      |
