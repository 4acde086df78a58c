"""Names of the console's own audit events, in one place.

They say who looked at what and who came in. Passwords, and names that belong to no account (people
type passwords into the wrong field), never stand in them.
"""

from typing import Final

SIGNED_IN: Final = "console.signed_in"
SIGN_IN_REFUSED: Final = "console.sign_in_refused"
SIGNED_OUT: Final = "console.signed_out"
CONVERSATION_READ: Final = "console.conversation_read"
