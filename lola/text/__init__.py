"""Text for senders and from senders: wording, languages, folding, numbers, choices, countries."""
