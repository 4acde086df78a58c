"""Clients of the partners: the bank's own backend (PayHub, RaaS) and Leap's M2M Partner API."""
