"""Clients of the systems outside: the bank's own (PayHub, RaaS) and Leap's M2M Partner API."""
