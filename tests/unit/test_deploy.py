"""What deploy/ sets, so that a container never runs as a development machine by default."""

import re
from pathlib import Path

import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"


def test_the_image_is_for_production() -> None:
    """A container without further settings refuses to start instead of starting a sandbox."""
    lines = re.findall(r"^ENV (.+)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert "LOLA_ENV=production" in " ".join(lines).split()


def test_every_lola_container_of_the_compose_file_is_for_production() -> None:
    """The setting is not left to the file with the secrets, and allows no shortcut."""
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    environments = [item["environment"] for name, item in services.items() if name != "redis"]
    assert len(environments) == 2
    for environment in environments:
        assert environment["LOLA_ENV"] == "production"
        assert "ALLOW_UNSAFE" not in environment
