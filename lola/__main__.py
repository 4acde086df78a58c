"""`python -m lola` is the same as `lola`."""

from lola.cli import main

main()
