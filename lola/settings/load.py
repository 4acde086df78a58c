"""Reads the settings, and says what is wrong with them in the operator's terms."""

from tomllib import TOMLDecodeError
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from lola.errors import ConfigurationError
from lola.settings.tree import Settings, refuse


def load_settings(**overrides: Any) -> Settings:
    """Read and check the settings. Raises ConfigurationError that names each wrong setting."""
    try:
        return Settings(**overrides).check()
    except SettingsError as error:
        raise ConfigurationError("lola.toml or environment", str(error)) from None
    except ValidationError as error:
        refuse([_invalid(item["loc"], item["msg"]) for item in error.errors()])
        raise
    except (TOMLDecodeError, UnicodeDecodeError) as error:
        where = str(error) if isinstance(error, TOMLDecodeError) else "it is not UTF-8"
        raise ConfigurationError("lola.toml", f"cannot be read as TOML: {where}") from None
    except OSError as error:
        raise ConfigurationError("lola.toml", f"cannot be read: {error.strerror}") from None


def _invalid(place: tuple[int | str, ...], message: str) -> ConfigurationError:
    return ConfigurationError(str(place[0]).upper() if place else "lola.toml", message)
