"""Imports what the settings name: classes by dotted name, and the catalogues of their packages."""

from importlib import import_module, resources
from pathlib import Path
from typing import Any

from lola.errors import ConfigurationError
from lola.settings import Settings
from lola.text.wording import HERE, Wording


def load(setting: str, dotted: str) -> Any:
    """Import `package.module.Name`. Raises ConfigurationError that names the setting."""
    module, _, name = dotted.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(setting, f"cannot load {dotted}: {error}") from None


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
