"""The built-in stages, one file each, and the order in which a turn passes them."""
