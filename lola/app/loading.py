"""What the settings name, found: classes by dotted name, and the catalogues of their packages."""

from importlib import import_module, resources
from pathlib import Path
from typing import Any

from lola.errors import ConfigurationError
from lola.settings import Settings


def load(setting: str, dotted: str) -> Any:
    """Import `package.module.Name`. Raises ConfigurationError that names the setting."""
    module, _, name = dotted.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(setting, f"cannot load {dotted}: {error}") from None


def catalogues(settings: Settings) -> tuple[Path, ...]:
    """Answer the catalogue folders of the wings that say something themselves."""
    packages = {
        name.split(".")[0] for name in (*settings.middleware, *settings.channels, *settings.tools)
    }
    folders = (Path(str(resources.files(package))) / "catalogue" for package in sorted(packages))
    return tuple(folder for folder in folders if folder.is_dir())
