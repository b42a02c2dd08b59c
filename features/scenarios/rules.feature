Feature: Rules of a scenario file
  The first rule that matches decides the result of a prompt.

  Scenario Outline: Rules choose by amount: KES <amount>
    Given a customer
    And this scenario file is loaded:
      """
      name: by-amount
      rules:
        - when: {phone: "{customer}", amount: ">= 1000"}
          then: {result: 1}
        - when: {phone: "{customer}", amount: "100..200"}
          then: {result: 1032}
      """
    When the partner asks for KES <amount>
    Then the partner is told that <what>

    Examples:
      | amount | what                                                                                          |
      | 200    | the payment failed with result 1032 "Request cancelled by user"                               |
      | 1000   | the payment failed with result 1 "The balance is insufficient for the transaction."           |

  Scenario: A rule is used up
    Given a customer
    And this scenario file is loaded:
      """
      name: once
      rules:
        - when: {phone: "{customer}"}
          times: 1
          then: {result: 2001}
      """
    And the partner asks for KES 150
    And the partner is told that the payment failed with result 2001 "The initiator information is invalid."
    When the partner asks for KES 150
    Then the partner is told that the payment was successful

  Scenario: Two timeouts and then a payment take three prompts and one webhook
    Given a customer
    And this scenario file is loaded:
      """
      name: slow-and-steady
      rules:
        - when: {phone: "{customer}"}
          then: {sequence: [4005, 4005, 0]}
      """
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And the customer was prompted 3 times
    And the partner is told once

  Scenario Outline: A mistake in a file is found: <mistake>
    When somebody loads this scenario file:
      """
      name: mistaken
      rules:
        - then: {<mistake>}
      """
    Then the file is refused at line 3, naming "<named>"

    Examples:
      | mistake           | named  |
      | reslut: 1032      | reslut |
      | result: 77777     | 77777  |
