Feature: A bank looks whether a customer's SIM was changed
  A thief who gets a new SIM for a number gets its one-time passwords too. So the bank asks
  the network before it trusts the number.

  Scenario: A SIM that was not changed for months
    Given a customer
    When an app calls "/imsi/v2/checkATI" with:
      | customerNumber | {customer} |
    Then M-PESA's answer has:
      | responseDesc | Success          |
      | lastSwapDate | 01-01-1900 00:00 |

  Scenario: The number is put on a new SIM
    Given a customer
    When the customer does "swap" of "imsi" with:
      | phone | {customer} |
    And an app calls "/imsi/v2/checkATI" with:
      | customerNumber | {customer} |
    Then M-PESA's answer has another lastSwapDate than "01-01-1900 00:00"

  Scenario: A number that the network does not know
    Given a customer whose number asks for result 404
    When an app calls "/registration/lookup/v1/checkATI" with:
      | customerNumber | {customer} |
    Then the simulator explains "the phone number"
