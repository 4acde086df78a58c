"""The bodies that RaaS answers with, and how they become values of the two ports.

No payment or account number leaves this package: at most its last four digits do.
"""
