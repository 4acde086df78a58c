"""Simulated senders, scenario files and a scripted model: tests of a running service."""
