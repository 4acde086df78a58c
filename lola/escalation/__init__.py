"""Who may speak to a sender, and how a person of the bank comes in and leaves again."""
