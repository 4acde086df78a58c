"""A server on loopback that stands in for PayHub (RaaS) and enforces its documented rules."""
