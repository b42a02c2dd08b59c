Feature: A biller sends invoices and learns of their payments
  It opts in once and gets an app_key, which it sends with everything else.

  Scenario: A parent pays an invoice
    Given this scenario file is loaded:
      """
      name: a school with a paybill
      world: {organisations: [{shortcode: 600124, name: Hekima School}]}
      """
    And a customer
    And an app calls "/v1/billmanager-invoice/optin" with:
      | shortcode       | 600124             |
      | email           | school@example.com |
      | officialContact | 0708374149         |
      | sendReminders   | 1                  |
      | callbackurl     | {url payments}     |
    And M-PESA's answer has:
      | rescode | 200 |
    When an app calls "/v1/billmanager-invoice/single-invoicing" with the header app_key "{answer app_key}" and:
      | externalReference | 113          |
      | billedFullName    | Jane Wanjiku |
      | billedPhoneNumber | {customer}   |
      | billedPeriod      | Term 1       |
      | invoiceName       | School fees  |
      | dueDate           | 2027-01-12   |
      | accountReference  | PUPIL-7      |
      | amount            | 800          |
    Then M-PESA's answer has:
      | Status_Message | Invoice sent successfully |
    And the customer gets an SMS with "School fees of KES 800.00"
    When the customer does "pay" of "c2b" with:
      | phone     | {customer} |
      | shortcode | 600124     |
      | amount    | 800        |
      | reference | PUPIL-7    |
    Then M-PESA sends to "payments":
      | transactionId    | {receipt}  |
      | paidAmount       | 800        |
      | msisdn           | {customer} |
      | accountReference | PUPIL-7    |

  Scenario: The app_key is missing
    When an app calls "/v1/billmanager-invoice/cancel-single-invoice" with:
      | externalReference | 113 |
    Then the simulator explains "the header app_key is missing"
