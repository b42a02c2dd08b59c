Feature: A till with wrong numbers
  The gateway refuses at start what cannot be paid. What only M-PESA knows is said to
  the partner when it orders, or when the customer's prompt ends.

  Scenario: The till belongs to another store
    Given a shop with the till 600101 and the store number 174381
    And a customer
    When the partner asks for KES 150
    Then the order is accepted
    And the partner is told that the payment failed with result 2028 "The request is not permitted according to product assignment."
    And M-PESA moved KES 0

  Scenario: A store number is used as a paybill
    Given a shop that collects as a paybill with the shortcode 174381
    And a customer
    When the partner asks for KES 150
    Then M-PESA refuses the order with "Merchant not allowed to carry out transaction type CustomerPayBillOnline"
    And the simulator explains "174381 is a till's store number, so TransactionType must be CustomerBuyGoodsOnline and PartyB 174380"
    And no prompt reaches the customer

  Scenario: A till number is used as the store number
    Given a shop with the till 600101 and the store number 174380
    And a customer
    When the partner asks for KES 150
    Then M-PESA refuses the order with "Merchant does not exist"
    And the simulator explains "174380 is a till number; BusinessShortCode takes its store number 174381"
    And no prompt reaches the customer
