"""A bank's own settings: one section per package, read from lola.toml and the environment.

A section is a pydantic model that the bank's code hands in. A mistake is a ConfigurationError in
the operator's terms; a value never gets into one, because it may be a secret.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import EnvSettingsSource, SettingsError

from lola.errors import ConfigurationError

Model = TypeVar("Model", bound=BaseModel)

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_FILE = "_file"
_SIMILAR, _ALMOST = 0.6, 0.9


def read_section(name: str, model: type[Model], table: Mapping[str, object]) -> Model:
    """Return the section `name`: variables `NAME__FIELD`, then `NAME__FIELD_FILE`, then `table`.

    Raises ConfigurationError for a value that does not fit and for a key that `model` lacks.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(name, "is no name for a section: lower case, words joined by _")
    secrets = {key for key, field in model.model_fields.items() if _is_secret(field.annotation)}
    _refuse_unknown(table, model.model_fields, prefix=f"{name}.")
    variables = _variables(f"{name}__")
    files = {f"{key}{_FILE}" for key in secrets} - set(model.model_fields)
    _refuse_unknown(variables, {*model.model_fields, *files}, prefix=f"{name}__", upper=True)
    from_files = {
        key.removesuffix(_FILE): read_secret_file(f"{name}__{key}".upper())
        for key in files & set(variables)
    }
    values = {**table, **from_files, **_from_environment(name, model)}
    try:
        return model.model_validate(values)
    except ValidationError as error:
        planted = tuple(_texts([values[key] for key in secrets & set(values)]))
        raise _problem(name, error, set(variables), planted) from None


def read_secret_file(variable: str) -> str | None:
    """Return the text of the file that a variable names, without line breaks at its end.

    None when the variable is not set. Raises ConfigurationError when the file cannot be read.
    """
    path = os.environ.get(variable)
    try:
        return Path(path).read_text().rstrip("\r\n") if path else None
    except OSError as error:
        raise ConfigurationError(variable, f"cannot be read: {error.strerror}") from None


def unknown_keys(
    tables: Mapping[str, object], settings: Iterable[str]
) -> Iterator[ConfigurationError]:
    """Yield a problem for each key of lola.toml that is neither a setting nor a section.

    A table is taken for a section of the bank's own, unless its name is almost a setting's.
    """
    known = sorted(settings)
    for name, value in tables.items():
        closeness = _ALMOST if isinstance(value, Mapping) else _SIMILAR
        near = get_close_matches(name.lower(), known, n=1, cutoff=closeness)
        if near:
            yield ConfigurationError(name, "is no setting", hint=f"did you mean {near[0]}?")
        elif not isinstance(value, Mapping):
            hint = f"a section of your own is a table [{name}]"
            yield ConfigurationError(name, "is no setting", hint=hint)


def _variables(prefix: str) -> tuple[str, ...]:
    lowered = (variable.lower() for variable in os.environ)
    return tuple(name.removeprefix(prefix) for name in lowered if name.startswith(prefix))


def _from_environment(name: str, model: type[BaseModel]) -> dict[str, Any]:
    """Read the variables as the service's own are read: lists and tables as JSON."""
    source = EnvSettingsSource(model, env_prefix=f"{name}__", case_sensitive=False)  # type: ignore[arg-type] # it reads the fields only
    try:
        return source()
    except SettingsError as error:
        field = re.search(r'field "(\w+)"', str(error))
        variable = f"{name}__{field[1] if field else ''}".upper()
        raise ConfigurationError(variable, "is not readable as JSON") from None


def _refuse_unknown(
    given: Iterable[str], known: Iterable[str], *, prefix: str, upper: bool = False
) -> None:
    """Raise ConfigurationError for the first key that is not known, with the nearest that is."""
    known = tuple(known)
    for key in given:
        if key in known:
            continue
        near = get_close_matches(key, known, n=1)
        spelled = [f"{prefix}{one}" for one in (key, *(near or sorted(known)))]
        unknown, *others = [one.upper() for one in spelled] if upper else spelled
        hint = f"did you mean {others[0]}?" if near else f"there are: {', '.join(others)}"
        raise ConfigurationError(unknown, "is no setting of this section", hint=hint)


def _problem(
    name: str, error: ValidationError, variables: set[str], planted: tuple[str, ...]
) -> ConfigurationError:
    first = error.errors(include_url=False)[0]
    path = [str(part) for part in first["loc"]]
    message = first["msg"]
    if any(text in message for text in planted):
        message = "has a value that cannot be used"
    if not path:
        return ConfigurationError(f"[{name}]", message)
    variable = f"{name}__{path[0]}".upper()
    if first["type"] == "missing" and len(path) == 1:
        hint = f"or {path[0]} in the table [{name}] of lola.toml"
        return ConfigurationError(variable, "is required", hint=hint)
    if {path[0], path[0] + _FILE} & variables:
        return ConfigurationError(".".join((variable, *path[1:])), message)
    return ConfigurationError(".".join((name, *path)), message)


def _is_secret(annotation: object) -> bool:
    """Return whether a field's type holds a secret anywhere."""
    if isinstance(annotation, type):
        if issubclass(annotation, SecretStr):
            return True
        if issubclass(annotation, BaseModel):
            return any(_is_secret(field.annotation) for field in annotation.model_fields.values())
    return any(map(_is_secret, get_args(annotation)))


def _texts(value: object) -> Iterable[str]:
    """Yield every text in a value, to find it again in a message."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, str):
        yield from filter(None, (value,))
    elif isinstance(value, Mapping):
        yield from (text for item in value.values() for text in _texts(item))
    elif isinstance(value, list | tuple):
        yield from (text for item in value for text in _texts(item))
