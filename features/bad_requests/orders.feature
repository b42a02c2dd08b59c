Feature: Invalid orders
  The gateway says what is wrong with an order, and no prompt is made.

  Scenario Outline: An order without <field>
    Given a customer
    When the partner sends an order without <field>
    Then the gateway refuses the order because "<field> is required"
    And no prompt reaches the customer

    Examples:
      | field        |
      | phone        |
      | amount       |
      | callback_url |

  Scenario Outline: An order whose <field> is <value>
    Given a customer
    When the partner sends an order whose <field> is <value>
    Then the gateway refuses the order because "<reason>"
    And no prompt reaches the customer

    Examples:
      | field        | value                        | reason                                                              |
      | phone        | "254208374149"               | phone must be 2547XXXXXXXX or 2541XXXXXXXX                          |
      | phone        | "+1 555 010 0199"            | phone must be 2547XXXXXXXX or 2541XXXXXXXX                          |
      | amount       | 0                            | amount must be a whole number of shillings from 1 to 250000         |
      | amount       | 1.50                         | amount must be a whole number of shillings from 1 to 250000         |
      | amount       | 250001                       | amount must be a whole number of shillings from 1 to 250000         |
      | callback_url | "/webhook"                   | callback_url must be an absolute http or https URL of at most 2048 characters |
      | callback_url | "ftp://partner.example/hook" | callback_url must be an absolute http or https URL of at most 2048 characters |
      | reference    | "<script>"                   | reference may hold letters, digits, spaces and -_/.#: only          |

  Scenario: A reference that is too long
    Given a customer
    When the partner sends an order whose reference has 65 characters
    Then the gateway refuses the order because "reference must be at most 64 characters"
    And no prompt reaches the customer

  Scenario Outline: A caller with <key>
    Given a customer
    When somebody with <key> asks for KES 150
    Then the gateway does not know who asks, because "<reason>"
    And no prompt reaches the customer

    Examples:
      | key             | reason                |
      | no API key      | X-API-KEY is required |
      | a wrong API key | X-API-KEY is not known |

  Scenario Outline: A body that is not an order: <what>
    When the partner sends <what> instead of an order
    Then the gateway cannot read it

    Examples:
      | what           |
      | plain text     |
      | nothing at all |

  Scenario: An order that is too big
    When the partner sends an order of 65 KiB
    Then the gateway refuses to read that much

  Scenario: An invalid idempotency key
    Given a customer
    When the partner asks for KES 150 with a key of 256 characters
    Then the gateway refuses the order because "X-Idempotency-Key must be 1 to 255 visible ASCII characters"
    And no prompt reaches the customer

  Scenario: A transaction that does not exist
    When the partner asks after transaction 999999999
    Then the gateway knows no such transaction
