Feature: A business looks whose number it is about to pay
  M-PESA shows the first name whole and of the others the first letter, so that the business
  can ask the customer whether it is the right number.

  Scenario: The number has a customer
    Given a customer with the number 254708374149
    When an app calls "/mpesa/b2c/hakikisha/v1/hakikisha" with this body:
      """
      {"header":{"requestID":"a1b2","timestamp":"1748933384"},"body":{"msisdn":"{customer}","shortcode":"174379"}}
      """
    Then M-PESA's answer has:
      | requestID | a1b2    |
      | firstName | John    |
      | lastName  | D****** |

  Scenario: The number has no customer
    Given a customer whose number asks for result 400
    When an app calls "/mpesa/b2c/hakikisha/v1/hakikisha" with this body:
      """
      {"header":{"requestID":"a1b2","timestamp":"1748933384"},"body":{"msisdn":"{customer}","shortcode":"174379"}}
      """
    Then the simulator explains "the phone number"
