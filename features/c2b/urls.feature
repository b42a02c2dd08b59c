Feature: A business learns of the payments that customers make from their phones
  It registers two URLs. M-PESA asks the one before a payment and sends the payment to the
  other.

  Background:
    Given this scenario file is loaded:
      """
      name: a shop with a paybill
      world: {organisations: [{shortcode: 600984, name: Mama Mboga}]}
      """
    And a customer
    And an app calls "/mpesa/c2b/v2/registerurl" with:
      | ShortCode       | 600984             |
      | ResponseType    | Completed          |
      | ConfirmationURL | {url confirmation} |
      | ValidationURL   | {url validation}   |
    And M-PESA's answer has:
      | ResponseCode        | 00000000 |
      | ResponseDescription | Success  |

  Scenario: A customer pays from the menu of the SIM
    When the customer does "pay" of "c2b" with:
      | phone     | {customer} |
      | shortcode | 600984     |
      | amount    | 150        |
      | reference | INV-7      |
    Then M-PESA sends to "validation":
      | TransAmount       | 150.00 |
      | BillRefNumber     | INV-7  |
      | OrgAccountBalance |        |
    And M-PESA sends to "confirmation":
      | TransactionType | Pay Bill  |
      | TransAmount     | 150.00    |
      | TransID         | {receipt} |
    And M-PESA's ledger has KES 150 from the customer for the account "INV-7"

  Scenario: The sandbox simulates a customer
    When an app calls "/mpesa/c2b/v2/simulate" with:
      | ShortCode     | 600984                |
      | CommandID     | CustomerPayBillOnline |
      | Amount        | 40                    |
      | Msisdn        | {customer}            |
      | BillRefNumber | INV-8                 |
    Then M-PESA's answer has:
      | ResponseDescription | Accept the service request successfully. |
    And M-PESA sends to "confirmation":
      | TransAmount | 40.00     |
      | TransID     | {receipt} |

  Scenario: The business asks for payments of a shortcode that M-PESA does not know
    When an app calls "/mpesa/c2b/v2/registerurl" with:
      | ShortCode       | 600100             |
      | ResponseType    | Completed          |
      | ConfirmationURL | {url confirmation} |
      | ValidationURL   | {url validation}   |
    Then M-PESA refuses with "Service is currently unreachable. Please try again later."
    And the simulator explains "no organisation here has shortcode 600100"
