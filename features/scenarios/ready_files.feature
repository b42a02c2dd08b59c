Feature: Failures on demand
  A scenario file makes a failure happen: rules decide the result of a prompt. Some
  files are ready and have a name.

  Scenario Outline: The ready scenario "<name>" ends in a payment
    Given a customer
    And the ready scenario "<name>" is loaded
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And the customer was prompted <prompts> times
    And M-PESA moved KES 150

    Examples:
      | name              | prompts |
      | paid              | 1       |
      | timeout-then-paid | 2       |
      | doubled-callback  | 1       |

  Scenario Outline: The ready scenario "<name>" ends in result <code>
    Given a customer
    And the ready scenario "<name>" is loaded
    When the partner asks for KES 150
    Then the partner is told that the payment failed with result <code> "<words>"
    And M-PESA moved KES 0

    Examples:
      | name                 | code | words                                                    |
      | cancelled            | 1032 | Request Cancelled by user.                               |
      | wrong-pin            | 2001 | The initiator information is invalid.                    |
      | insufficient-balance | 1    | The balance is insufficient for the transaction.         |
      | system-error         | 9999 | Internal error occurred while executing the transaction. |
      | unreachable-phone    | 1037 | DS timeout user cannot be reached.                       |
