Feature: A vendor asks another business for a payment
  The operator of that business gets a prompt on the phone that the business has nominated.

  Scenario: A till pays its vendor
    Given a customer who has KES 1000
    And the customer does "pay" of "c2b" with:
      | phone     | {customer} |
      | shortcode | 174381     |
      | amount    | 200        |
    When an app calls "/v1/ussdpush/get-msisdn" with:
      | primaryShortCode  | 174380        |
      | receiverShortCode | 174379        |
      | amount            | 71            |
      | paymentRef        | LPO-12        |
      | callbackUrl       | {url express} |
      | partnerName       | Vendor        |
      | RequestRefID      | request-12    |
    Then M-PESA's answer has:
      | code | 0 |
    And M-PESA sends to "express":
      | resultCode | 0          |
      | amount     | 71.0       |
      | requestId  | request-12 |
      | status     | SUCCESS    |

  Scenario: A business without a nominated number cannot be asked
    When an app calls "/v1/ussdpush/get-msisdn" with:
      | primaryShortCode  | 600977        |
      | receiverShortCode | 174379        |
      | amount            | 71            |
      | paymentRef        | LPO-12        |
      | callbackUrl       | {url express} |
      | partnerName       | Vendor        |
      | RequestRefID      | request-13    |
    Then M-PESA sends to "express":
      | resultCode       | 4104                     |
      | resultDesc       | Missing Nominated Number |
      | paymentReference | LPO-12                   |

  Scenario: The operator cancels
    Given this scenario file is loaded:
      """
      name: cancelled
      rules:
        - when: {api: ussdpush, reference: LPO-14}
          then: {result: 4001}
      """
    When an app calls "/v1/ussdpush/get-msisdn" with:
      | primaryShortCode  | 174380        |
      | receiverShortCode | 174379        |
      | amount            | 71            |
      | paymentRef        | LPO-14        |
      | callbackUrl       | {url express} |
      | partnerName       | Vendor        |
      | RequestRefID      | request-14    |
    Then M-PESA sends to "express":
      | resultCode       | 4001                       |
      | resultDesc       | User cancelled transaction |
      | paymentReference | LPO-14                     |
