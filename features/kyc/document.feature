Feature: A lender compares a customer's document with the number
  M-PESA says whether the two belong together, and nothing else about the customer.

  Scenario: The document is the customer's
    Given a customer
    When the customer does "register" of "kyc" with:
      | phone    | {customer} |
      | idType   | 01         |
      | idNumber | 12345678   |
    And an app calls "/v1/KYC-validation/validateID" with:
      | requestRefID | a1b2       |
      | shortCode    | 174379     |
      | msisdn       | {customer} |
      | idType       | 01         |
      | idNumber     | 12345678   |
    Then M-PESA's answer has:
      | responseMessage | Details match successfully |
      | status          | true                       |

  Scenario: The document is another person's
    Given a customer
    When an app calls "/v1/KYC-validation/validateID" with:
      | requestRefID | a1b2       |
      | shortCode    | 174379     |
      | msisdn       | {customer} |
      | idType       | 01         |
      | idNumber     | 12345678   |
    Then M-PESA's answer has:
      | responseMessage | Details do not match |
      | status          | false                |
