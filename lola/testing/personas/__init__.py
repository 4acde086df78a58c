"""Simulated senders with a goal: they answer the service's questions by rules, without a model."""
