"""The names of the console's audit events: who read what, and who signed in.

Passwords never get into an event, nor names that belong to no account: people type passwords into
the wrong field.
"""

from typing import Final

SIGNED_IN: Final = "console.signed_in"
SIGN_IN_REFUSED: Final = "console.sign_in_refused"
SIGNED_OUT: Final = "console.signed_out"
CONVERSATION_READ: Final = "console.conversation_read"
