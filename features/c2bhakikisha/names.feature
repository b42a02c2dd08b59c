Feature: A customer sees whose account it is before paying
  M-PESA asks the business: first for a token, then for the name.

  Scenario: The business cannot say the name
    Given a customer
    When the customer does "partner" of "c2bhakikisha" with:
      | shortcode | 174379      |
      | token_url | {url token} |
      | name_url  | {url name}  |
      | key       | mpesa       |
      | secret    | secret      |
    And the customer does "lookup" of "c2bhakikisha" with:
      | phone     | {customer} |
      | shortcode | 174379     |
      | account   | 66925336   |
    Then the customer gets an SMS with "174379, account 66925336: the name is not known."

  Scenario: The business has not registered
    Given a customer
    When the customer does "lookup" of "c2bhakikisha" with:
      | phone     | {customer} |
      | shortcode | 174381     |
      | account   | 66925336   |
    Then the simulator refuses it, because "no business has registered its URLs for this shortcode"
