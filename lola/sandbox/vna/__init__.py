"""The remittance platform as a caller of a VNA partner server (reference/vna.md 4)."""
