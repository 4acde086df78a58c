"""The stages that every message passes before an agent, one file each, in the documented order."""
