Feature: A customer agrees to a standing order
  The customer enters the PIN once, and M-PESA pays on each date.

  Scenario: Rent of two days
    Given time can be moved
    And a customer who has KES 1000
    When an app calls "/standingorder/v1/createStandingOrderExternal" with:
      | StandingOrderName           | Rent                             |
      | StartDate                   | {day 1}                          |
      | EndDate                     | {day 2}                          |
      | BusinessShortCode           | 174379                           |
      | TransactionType             | Standing Order Customer Pay Bill |
      | ReceiverPartyIdentifierType | 4                                |
      | Amount                      | 100                              |
      | PartyA                      | {customer}                       |
      | CallBackURL                 | {url order}                      |
      | AccountReference            | HOUSE-7                          |
      | TransactionDesc             | Rent                             |
      | Frequency                   | 2                                |
    Then M-PESA's answer has:
      | responseCode | 200 |
    And M-PESA sends to "order":
      | responseCode | 0    |
      | Status       | OKAY |
    And the customer has KES 1000 left
    When 3 days pass
    Then the customer has KES 800 left
    And M-PESA's ledger has KES 100 from the customer for the account "HOUSE-7"

  Scenario: The customer does not agree
    Given a customer whose number asks for result 1032
    When an app calls "/standingorder/v1/createStandingOrderExternal" with:
      | StandingOrderName           | Rent                             |
      | StartDate                   | {day 1}                          |
      | EndDate                     | {day 2}                          |
      | BusinessShortCode           | 174379                           |
      | TransactionType             | Standing Order Customer Pay Bill |
      | ReceiverPartyIdentifierType | 4                                |
      | Amount                      | 100                              |
      | PartyA                      | {customer}                       |
      | CallBackURL                 | {url order}                      |
      | AccountReference            | HOUSE-7                          |
      | TransactionDesc             | Rent                             |
      | Frequency                   | 2                                |
    Then M-PESA sends to "order":
      | responseCode | 1032  |
      | Status       | ERROR |

  Scenario: The business gets a confirmation of each payment
    Given time can be moved
    And a customer who has KES 1000
    And an app calls "/mpesa/c2b/v2/registerurl" with:
      | ShortCode       | 600980             |
      | ResponseType    | Completed          |
      | ConfirmationURL | {url confirmation} |
      | ValidationURL   | {url validation}   |
    When an app calls "/standingorder/v1/createStandingOrderExternal" with:
      | StandingOrderName           | Water                            |
      | StartDate                   | {day 1}                          |
      | EndDate                     | {day 1}                          |
      | BusinessShortCode           | 600980                           |
      | TransactionType             | Standing Order Customer Pay Bill |
      | ReceiverPartyIdentifierType | 4                                |
      | Amount                      | 30                               |
      | PartyA                      | {customer}                       |
      | CallBackURL                 | {url order}                      |
      | AccountReference            | HOUSE-8                          |
      | TransactionDesc             | Water                            |
      | Frequency                   | 1                                |
    And 2 days pass
    Then M-PESA sends to "confirmation":
      | TransAmount   | 30.00     |
      | BillRefNumber | HOUSE-8   |
      | TransID       | {receipt} |
