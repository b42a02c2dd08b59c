Feature: A customer pays with Bonga points
  What the points are not worth, the wallet pays. The business gets one payment.

  Scenario: An app asks what points are worth
    When an app calls "/v1/lipa/na/bonga/calculate-points" with:
      | points | 40 |
    Then M-PESA's answer has:
      | amount | 8   |
      | rate   | 0.2 |

  Scenario: Points and money pay together
    Given a customer who has KES 100
    When an app calls "/v1/lipa/na/bonga/redeem-paybill" with:
      | msisdn         | {customer} |
      | amount         | 50         |
      | bongaPoints    | 20         |
      | conversionRate | 0.2        |
      | shortCode      | 174379     |
      | accountNumber  | INV-9      |
    Then M-PESA's ledger has KES 50 from the customer for the account "INV-9"
    And the customer has KES 54 left

  Scenario: The customer has too few points
    Given a customer
    When an app calls "/v1/lipa/na/bonga/redeem-paybill" with:
      | msisdn         | {customer} |
      | amount         | 5000       |
      | bongaPoints    | 20000      |
      | conversionRate | 0.2        |
      | shortCode      | 174379     |
      | accountNumber  | INV-9      |
    Then the simulator explains "the customer has 1000 points, not 20000"
