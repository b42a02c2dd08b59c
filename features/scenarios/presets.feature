Feature: Presets
  A preset makes every part fail now and then. The books must agree under each preset,
  however late.

  Scenario Outline: Under the preset <preset> the books agree
    Given time can be moved
    And the ready scenario "<preset>" is loaded
    When <many> customers are asked for KES 150 each
    Then every payment comes to its end
    And what M-PESA moved was told to the partner or waits for a person, to the shilling
    And at least <paid> of the payments are successful

    Examples:
      | preset  | many | paid |
      | kind    | 10   | 10   |
      | sandbox | 30   | 15   |
      | hostile | 40   | 20   |
