Feature: The reference of a payment
  M-PESA takes twelve characters for certain. The gateway sends the end of a longer
  reference, where references differ. The partner sees the whole one.

  Scenario Outline: A reference that is <what>
    Given a customer
    When the partner asks for KES 150 with the reference "<reference>"
    Then the partner is told that the payment was successful
    And the customer's prompt shows the reference "<shown>"
    And the partner sees the reference "<reference>"

    Examples:
      | what                                    | reference            | shown        |
      | short                                   | INV-1                | INV-1        |
      | too long                                | ORDER20260000123     | R20260000123 |
      | cut before a hyphen                     | INV-2026-000123      | 2026-000123  |

  Scenario: A payment without a reference
    Given a customer
    When the partner asks for KES 150 with the reference ""
    Then the partner is told that the payment was successful
    And the customer's prompt shows the payment's own reference
