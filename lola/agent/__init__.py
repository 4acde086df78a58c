"""Agents: their definitions and prompts, the tools they may call, and the loop that runs a turn."""
