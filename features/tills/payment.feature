Feature: A till is paid
  A shop with a till (Buy Goods) has two numbers. The till gets the money. The store
  number is the shortcode of the push. For the partner nothing else is different.

  Background:
    Given a shop with the till 174380 and the store number 174381

  Scenario: The customer pays
    Given a customer
    When the partner asks for KES 150
    Then the order is accepted
    And the partner is told that the payment was successful
    And the webhook carries the receipt in M-PESA's ledger
    And M-PESA got a push for the till 174380 of the store 174381
    And the payment is successful
    And M-PESA moved KES 150
    And the customer was prompted once

  Scenario: The customer cancels
    Given a customer whose number asks for result 1032
    When the partner asks for KES 150
    Then the partner is told that the payment failed with result 1032 "Request cancelled by user"
    And M-PESA moved KES 0

  Scenario: The callback is lost, and a query with the store number finds the payment
    Given a customer
    And M-PESA loses the callback
    When the partner asks for KES 150
    Then the partner is told that the payment was successful
    And the gateway has asked M-PESA what became of the prompt
    And M-PESA moved KES 150

  Scenario: An order that comes twice makes one prompt
    Given a customer
    When the partner asks for KES 150 with the key "till-1"
    And the partner asks for KES 150 with the key "till-1"
    Then the order is a duplicate of the first one
    And the partner is told that the payment was successful
    And the customer was prompted once
