"""Requests for money through the Request Money partner: made after a yes, and followed."""
