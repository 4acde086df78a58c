"""Checks of every reply before it is committed: leaks, card data, links, claims and figures."""
