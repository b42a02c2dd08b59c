Feature: Refusals by M-PESA
  The simulator checks what Safaricom checks, answers with the same words, and
  tells the developer why.

  Scenario Outline: A push whose <field> is "<value>"
    Given a customer
    When a developer pushes KES 1 to the customer with <field> "<value>"
    Then M-PESA refuses with "<words>"
    And the simulator explains "<reason>"
    And no prompt reaches the customer

    Examples:
      | field             | value                 | words                                | reason                         |
      | BusinessShortCode | 1                     | Bad Request - Invalid BusinessShortCode | it must be 5 to 7 digits    |
      | BusinessShortCode | 600100                | Merchant does not exist              | no organisation here has shortcode 600100 |
      | TransactionType   | CustomerBuyGoodsOnline | Bad Request - Invalid TransactionType | 174379 is a paybill           |
      | PhoneNumber       | 0708374149            | Bad Request - Invalid PhoneNumber    | it has 10 characters           |
      | CallBackURL       | not-a-url             | Bad Request - Invalid CallBackURL    | an absolute http or https URL  |
      | TransactionDesc   |                       | Bad Request - Invalid Remarks        | TransactionDesc is missing     |

  Scenario: A password made with another passkey
    Given a customer
    When a developer pushes KES 1 to the customer with another passkey
    Then M-PESA refuses with "Wrong credentials"
    And the simulator explains "passkey"

  Scenario: A till is pushed for with its own kind of transaction
    Given a customer
    When a developer pushes KES 1 to the customer for the till 174380 of store 174381
    Then M-PESA has sent the prompt

  Scenario: A callback address that only Safaricom would refuse
    Given M-PESA's setting "strict_callbacks" is "on"
    And a customer
    When a developer pushes KES 1 to the customer with CallBackURL "https://shop.example/mpesa/callback"
    Then M-PESA refuses with "Bad Request - Invalid CallBackURL"
    And the simulator explains "forbidden word"

  Scenario: A prompt that M-PESA does not know
    When a developer asks what became of the prompt "ws_CO_010120261200000000700000000"
    Then M-PESA refuses with "The transaction does not Exist"

  Scenario: A prompt that is still open
    Given a customer who never answers the prompt
    And a developer pushes KES 1 to the customer
    When the developer asks what became of the prompt
    Then M-PESA says that the result is 4999 "The transaction is still under processing"

  Scenario: The same amount from the same customer within two minutes
    Given M-PESA's setting "same_amount_guard" is "on"
    And a customer
    And the partner is told that an order for KES 150 was paid
    When the partner asks for KES 150
    Then the partner is told that the payment failed with result 17 "Rule limited."
