"""Imports what the settings name: classes by dotted name, and the catalogues of their packages."""

from collections.abc import Iterable
from importlib import import_module, resources
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import lola
from lola.errors import ConfigurationError
from lola.settings import Settings
from lola.text.wording import HERE, Wording

SHIPPED = ("agents", "channels", "knowledge", "middleware")
"""The packages of this service that are imported without `lola.` in front."""


def load(setting: str, dotted: str) -> Any:
    """Import `package.module.Name`. Raises ConfigurationError that names the setting."""
    module, _, name = dotted.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(setting, f"cannot load {dotted}: {error}") from None


def refuse_foreign_packages(names: Iterable[str] = SHIPPED) -> None:
    """Raise ConfigurationError when a package of this service is another project's of that name.

    The OpenAI agents SDK is imported as `agents` too, and Django Channels as `channels`; whichever
    Python finds first would silently take the place of ours.
    """
    home = Path(lola.__file__).parents[1]
    for name in names:
        spec = find_spec(name)
        found = Path(spec.origin).parent if spec and spec.origin else None
        if found != home / name:
            owners = ", ".join(packages_distributions().get(name, ())) or "another project"
            raise ConfigurationError(
                f"the package {name}",
                f"is found in {found}, beside one of {owners}, and not with this service",
                hint="install the service in an environment of its own",
            )


def load_selector(settings: Settings) -> Any:
    """Import AGENT_SELECTOR: a function, or a class whose `build(settings)` makes one.

    None when the setting is empty. Raises ConfigurationError.
    """
    if not settings.agent_selector:
        return None
    selector = load("AGENT_SELECTOR", settings.agent_selector)
    return selector.build(settings) if hasattr(selector, "build") else selector


def check_tool_sections(settings: Settings) -> None:
    """Read the settings sections that the packages of TOOLS declare in `SECTIONS`.

    A tool reads its section when it is called; a mistake should stop the start instead. Raises
    ConfigurationError.
    """
    for package in settings.tools:
        sections = getattr(import_module(package), "SECTIONS", {})
        for name, model in sections.items():
            settings.section(name, model)


def sender_wording(settings: Settings) -> Wording:
    """Return what senders read, in the form of address of the settings."""
    return Wording((HERE, *catalogues(settings)), formality=settings.formality)


def catalogues(settings: Settings) -> tuple[Path, ...]:
    """Return the message catalogues of the packages that the settings name."""
    packages = {
        name.split(".")[0] for name in (*settings.middleware, *settings.channels, *settings.tools)
    }
    folders = (Path(str(resources.files(package))) / "catalogue" for package in sorted(packages))
    return tuple(folder for folder in folders if folder.is_dir())
