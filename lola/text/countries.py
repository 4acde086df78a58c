"""Names of countries in the sender's language, from the Unicode locale data."""

from functools import cache


@cache
def country_name(code: str, language: str) -> str:
    """Return the name of an ISO 3166-1 alpha-2 country; the code itself when it has none."""
    from babel import Locale

    return str(Locale(language).territories.get(code.upper(), code))
