"""`lola chat`: write to a running service, or to a private one, as simulated senders."""
