"""Runs of whole transfers against partners that lose, repeat or change what they report.

A checker compares what every sender was told with the partner's records (docs/reliability.md).
"""
