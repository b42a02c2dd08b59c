Feature: Faults between the gateway and M-PESA
  M-PESA's API is reached through a firewall and a limiter, and over a network. An
  order whose answer is lost may still have reached the customer.

  Scenario Outline: <what> refuses the push, and the partner gets the failure at once
    Given a customer
    And this scenario file is loaded:
      """
      name: refused
      rules:
        - when: {phone: "{customer}"}
          then: {reply: <reply>}
      """
    When the partner asks for KES 150
    Then M-PESA refuses the order with "<words>"
    And no prompt reaches the customer
    And the partner is told nothing

    Examples:
      | what                | reply                                        | words                                 |
      | maintenance         | {error: 500.002.1001}                        | under maintenance                     |
      | M-PESA's own limit  | {error: 500.003.02}                          | System is busy                        |
      | a wrong shortcode   | {error: {code: 500.001.1001, message: Merchant does not exist}} | Merchant does not exist |

  Scenario Outline: The answer to the push is lost (<how>), the customer pays, and the partner gets one webhook
    Given a customer
    And this scenario file is loaded:
      """
      name: lost answer
      rules:
        - when: {phone: "{customer}"}
          then: {reply: <reply>}
      """
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And the customer was prompted once
    And the partner is told once
    And M-PESA moved KES 150

    Examples:
      | how                       | reply                                      |
      | the connection is reset   | {damage: reset}                            |
      | the body is cut off       | {damage: truncated}                        |
      | the body is no JSON       | {damage: malformed}                        |
      | Daraja says 500 but acts  | {error: 500.003.1001, accepted: true}      |

  Scenario Outline: The answer to the push ends too early (<how>) and the callback is lost, so the gateway queries
    Given a customer
    And this scenario file is loaded:
      """
      name: cut answer
      rules:
        - when: {phone: "{customer}"}
          then: {result: 0, reply: <reply>, callback: {drop: true}}
      """
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And the webhook carries no receipt
    And the gateway has asked M-PESA what became of the prompt
    And the customer was prompted once
    And nothing about the payment needs a review
    And the partner is told once
    And M-PESA moved KES 150

    Examples:
      | how                        | reply               |
      | in the middle of the body  | {damage: truncated} |
      | before the last brace      | {damage: malformed} |

  Scenario: The callback comes before the acknowledgement
    Given a customer
    And this scenario file is loaded:
      """
      name: eager
      rules:
        - when: {phone: "{customer}"}
          then: {result: 0, callback: {before_ack: true}}
      """
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And the customer was prompted once
    And the partner is told once

  Scenario: A token that is revoked while it is in use is renewed
    Given a customer
    And this scenario file is loaded:
      """
      name: revoked
      rules:
        - when: {phone: "{customer}"}
          times: 1
          then: {reply: {revoke_token: true}}
      """
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And the customer was prompted once

  Scenario Outline: A callback that <what> credits nothing
    Given a customer
    And this scenario file is loaded:
      """
      name: wrong
      rules:
        - when: {phone: "{customer}"}
          then: {result: 0, callback: <callback>}
      """
    When the partner asks for KES 150
    Then the payment is set aside for review because "<why>"
    And the partner is told nothing

    Examples:
      | what                    | callback                 | why                |
      | says another amount     | {amount: 151}            | KES 151            |
      | says another phone      | {phone: "254711222333"}  | was asked          |
