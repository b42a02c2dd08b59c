Feature: An app sells data bundles
  The customer pays with airtime.

  Scenario: A customer buys a bundle
    Given a customer
    When an app calls "/v1/dynamic-offers/facebook-bundle/purchase" with:
      | offeringId     | 20001           |
      | accountId      | 1001            |
      | price          | 5               |
      | resourceAmount | 50              |
      | validity       | 1               |
      | msisdn         | {customer}      |
      | transactionId  | bundle-{customer} |
      | paymentMode    | airtime         |
    Then M-PESA's answer has:
      | customerMessage | Bundle purchase was successful |
    When an app gets "/v2/bundles/get/status?id=bundle-{customer}&serviceAccountId=0"
    Then M-PESA's answer has:
      | responseDesc | Successful bundle purchase |

  Scenario: A customer has too little airtime
    Given a customer whose number asks for result 1
    When an app calls "/v1/dynamic-offers/facebook-bundle/purchase" with:
      | offeringId     | 20001           |
      | accountId      | 1001            |
      | price          | 5               |
      | resourceAmount | 50              |
      | validity       | 1               |
      | msisdn         | {customer}      |
      | transactionId  | bundle-{customer} |
      | paymentMode    | airtime         |
    Then the simulator explains "the phone number"

  Scenario: What a customer can buy
    Given a customer
    When an app gets "/v1/dynamic-offers/fetch?msisdn={customer}"
    Then M-PESA's answer has:
      | offerName  | Weekly 2GB |
      | offerPrice | 99         |
