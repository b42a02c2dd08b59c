Feature: A business asks for payments whose confirmation it has missed
  M-PESA lists what customers have paid to a shortcode in the last 48 hours.

  Background:
    Given this scenario file is loaded:
      """
      name: a shop with a paybill
      world: {organisations: [{shortcode: 600123, name: Mama Mboga}]}
      """
    And a customer
    And an app calls "/pulltransactions/v1/register" with:
      | ShortCode       | 600123       |
      | RequestType     | Pull         |
      | NominatedNumber | 254708374149 |
      | CallBackURL     | {url pull}   |

  Scenario: A payment is found
    When the customer does "pay" of "c2b" with:
      | phone     | {customer} |
      | shortcode | 600123     |
      | amount    | 2697       |
      | reference | INV-7      |
    And M-PESA's ledger has KES 2697 from the customer for the account "INV-7"
    And an app calls "/pulltransactions/v1/query" with:
      | ShortCode   | 600123              |
      | StartDate   | 2020-01-01 0:00:00  |
      | EndDate     | 2099-12-31 23:59:59 |
      | OffSetValue | 0                   |
    Then M-PESA's answer has:
      | transactionId    | {receipt}          |
      | amount           | 2697.0             |
      | billreference    | INV-7              |
      | transactiontype  | c2b-pay-bill-debit |
      | organizationname | Mama Mboga         |

  Scenario: No customer has paid
    When an app calls "/pulltransactions/v1/query" with:
      | ShortCode   | 600123              |
      | StartDate   | 2020-08-04 8:36:00  |
      | EndDate     | 2020-08-16 10:10:00 |
      | OffSetValue | 0                   |
    Then M-PESA's answer has:
      | ResponseMessage | No records found or Organization Name not available |

  Scenario: The shortcode is another's
    When an app calls "/pulltransactions/v1/register" with:
      | ShortCode       | 600100       |
      | RequestType     | Pull         |
      | NominatedNumber | 254708374149 |
      | CallBackURL     | {url pull}   |
    Then M-PESA refuses with "Invalid ShortCode"
    And the simulator explains "no organisation here has shortcode 600100"
