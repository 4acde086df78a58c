"""Many conversations at once, each with values of its own that no other may ever show.

For builders: `make test-isolation`. No part of the wheel.
"""
