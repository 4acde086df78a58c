"""Whole conversations through both vendors' wires with a model that makes typical mistakes."""
