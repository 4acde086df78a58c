"""Measurements on one machine, on loopback, as ratios and counts of one run (docs/benchmarks.md).

Nothing in here judges: a goal is printed beside its figure, and people decide.
"""
