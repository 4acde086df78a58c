"""The languages that the service speaks, with their English names: one table for all packages.

Every catalogue, prompt and approved document exists in each of them.
"""

from collections.abc import Mapping
from typing import Literal

Language = Literal["es", "en"]

DEFAULT_LANGUAGE: Language = "es"
LANGUAGES: Mapping[str, str] = {"es": "Spanish", "en": "English"}
