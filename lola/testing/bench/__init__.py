"""Measures a whole deployment on one machine, on loopback (docs/benchmarks.md).

Nothing here passes or fails: a goal is printed beside its figure.
"""
