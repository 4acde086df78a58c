"""The header of a Markdown file: YAML between two lines of `---`, then the body.

Approved documents and prompts have this form. The caller passes the model of the header's fields.
"""

from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

FENCE = "---"

ShapeT = TypeVar("ShapeT", bound=BaseModel)


class HeaderError(ValueError):
    """A header that cannot be used: the field, and what is wrong with it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


def read_header(text: str, shape: type[ShapeT]) -> tuple[ShapeT, str]:
    """Return the checked header and the body below it. Raise HeaderError when it is not valid."""
    opening, _, rest = text.replace("\r\n", "\n").partition("\n")
    head, fence, body = rest.partition(f"\n{FENCE}\n")
    if opening.strip() != FENCE or not fence:
        raise HeaderError("header", "must be between two lines of ---")
    try:
        return shape.model_validate(yaml.safe_load(head)), body
    except yaml.YAMLError:
        raise HeaderError("header", "is not valid YAML") from None
    except ValidationError as error:
        field, problem = first_problem(error)
        raise HeaderError(field or "header", problem) from None


def first_problem(error: ValidationError) -> tuple[str, str]:
    """Return the dotted place of the first problem and what it is, never what was written there."""
    first = error.errors(include_input=False, include_url=False)[0]
    return ".".join(map(str, first["loc"])), first["msg"]
