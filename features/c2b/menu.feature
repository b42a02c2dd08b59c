Feature: A customer pays from the menu of the SIM
  No app asks for such a payment. The customer chooses the business, the account and the
  amount.

  Scenario: A paybill is paid
    Given a customer
    When the customer does "pay" of "c2b" with:
      | phone     | {customer} |
      | shortcode | 174379     |
      | amount    | 150        |
      | reference | INV-7      |
    Then M-PESA's ledger has KES 150 from the customer for the account "INV-7"

  Scenario: The customer has too little money
    Given a customer who has KES 100
    When the customer does "pay" of "c2b" with:
      | phone     | {customer} |
      | shortcode | 174379     |
      | amount    | 150        |
      | reference | INV-7      |
    Then the simulator refuses it, because "the customer has too little money"
