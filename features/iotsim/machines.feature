Feature: A company manages the SIMs of its machines
  Each machine has a SIM. The company sees them, switches them on and off and sends them SMS.

  Scenario: A machine is put into service
    When an app calls "/simportal/v1/simactivation" with:
      | msisdn   | 300000000004       |
      | vpnGroup | 1-225560081663_VPN |
      | username | jane@example.com   |
    Then M-PESA's answer has:
      | Desc | Line activated successfully |
      | ID   | 300000000004                |

  Scenario: A stolen machine is suspended
    When an app calls "/simportal/v1/suspend_unsuspend_sub" with:
      | msisdn    | 300000000002       |
      | vpnGroup  | 1-225560081663_VPN |
      | username  | jane@example.com   |
      | product   | 14205001           |
      | operation | suspend            |
    And an app calls "/simportal/v1/queryLifeCycleStatus" with:
      | msisdn   | 300000000002       |
      | vpnGroup | 1-225560081663_VPN |
      | username | jane@example.com   |
    Then M-PESA's answer has:
      | status | Suspended |

  Scenario: A machine gets an SMS
    When an app calls "/simportal/v1/sendsinglemessage" with:
      | msisdn   | 300000000001       |
      | message  | Where are you?     |
      | vpnGroup | 1-225560081663_VPN |
    And an app calls "/simportal/v1/searchmessages?pageNo=1&pageSize=50" with:
      | searchValue | 254300000000001 |
    Then M-PESA's answer has:
      | message     | Where are you? |
      | description | sent           |

  Scenario: The SIM of another company
    When an app calls "/simportal/v1/queryLifeCycleStatus" with:
      | msisdn   | 300000000001     |
      | vpnGroup | 1-99999999_VPN   |
      | username | jane@example.com |
    Then M-PESA refuses with "Bad Request – Kindly use your own vpnGroup"
