Feature: Access tokens
  Every call of M-PESA's API needs an access token, which an app gets for its
  consumer key and secret. The gateway keeps one and shares it among its calls.

  Scenario: An app that M-PESA knows gets a token
    When an app asks for a token with the key "sandbox" and the secret "sandbox"
    Then it gets a token that lasts 3599 seconds

  Scenario Outline: M-PESA gives no token to <whom>
    When an app asks for a token <how>
    Then M-PESA refuses <answer>

    Examples:
      | whom                           | how                                              | answer                               |
      | an app with a wrong secret     | with the key "sandbox" and the secret "guessed"  | without a word                       |
      | an app that it does not know   | with the key "stranger" and the secret "sandbox" | without a word                       |
      | an app that shows nothing      | without key and secret                           | with "Invalid Authentication passed" |
      | an app that wants another kind | of the kind "password"                           | with "Invalid grant type passed"     |

  Scenario Outline: A push with <what> is refused
    Given a customer
    When a developer pushes KES 1 to the customer with the authorization "<authorization>"
    Then M-PESA refuses with "<words>"
    And no prompt reaches the customer

    Examples:
      | what                               | authorization                       | words                         |
      | no token                           |                                     | Invalid Access Token          |
      | a token that M-PESA never gave out | Bearer abcdefghijklmnopqrstuvwxyz01 | Invalid Access Token          |
      | another kind of authorization      | Basic c2FuZGJveDpzYW5kYm94          | Invalid Authentication Header |

  Scenario: The gateway renews a token that M-PESA has revoked
    Given M-PESA's setting "token_invalidation" is "on"
    And M-PESA's setting "expires_in" is "number"
    And a customer
    And an app asks for a token with the key "sandbox" and the secret "sandbox"
    When the partner asks for KES 150
    Then the order is accepted
    And the partner is told that the payment was successful
    And the customer was prompted once
