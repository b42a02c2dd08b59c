Feature: A business looks up whom it is about to pay
  Money that went to a wrong number is hard to get back, so the name is compared first.

  Scenario: A paybill
    When an app calls "/sfcverify/v1/query/info" with:
      | IdentifierType | 4      |
      | Identifier     | 174379 |
    Then M-PESA's answer has:
      | OrganizationName | Daraja-Sandbox |

  Scenario: A till
    When an app calls "/sfcverify/v1/query/info" with:
      | IdentifierType | 2      |
      | Identifier     | 174380 |
    Then M-PESA's answer has:
      | OrganizationName | Duka la Soko |

  Scenario: A number that is not in use
    When an app calls "/sfcverify/v1/query/info" with:
      | IdentifierType | 4      |
      | Identifier     | 600999 |
    Then M-PESA's answer has:
      | ResponseMessage | Failed |
