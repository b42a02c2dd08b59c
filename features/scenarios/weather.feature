Feature: Weather
  Presets make everything go wrong now and then. A payment's books must agree in any
  weather, however late.

  Scenario Outline: In <weather> weather the books agree
    Given time can be moved
    And the ready scenario "<weather>" is loaded
    When <many> customers are asked for KES 150 each
    Then every payment comes to its end
    And what M-PESA moved was told to the partner or waits for a person, to the shilling
    And at least <paid> of the payments are successful

    Examples:
      | weather | many | paid |
      | kind    | 10   | 10   |
      | sandbox | 30   | 15   |
      | hostile | 40   | 20   |
