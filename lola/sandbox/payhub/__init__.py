"""Stand-in for PayHub (RaaS) that enforces its documented rules."""
