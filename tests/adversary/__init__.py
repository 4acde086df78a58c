"""A model that obeys every attacker, run against the whole service (THREATS.md).

For builders: `make safety`. It plays each row of the adversarial data, lets the model make the
worst calls and replies that the row could lead to, and checks what came out. No part of the wheel.
"""
