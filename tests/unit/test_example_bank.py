"""The bank of examples/ is installable beside the wheel of Lola; its tests use the shipped plugin.

`make test-example` does the same in a clean environment with the locked packages.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.test_wheel import BUILD, IGNORED, PACKAGES, ROOT

EXAMPLE = ROOT / "examples" / "bank"
SECONDS = 300


def run(*command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, *command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheels of Lola and of the bank are installed."""
    sources, wheels = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("wheels")
    lola, bank = sources / "lola", sources / "bank"
    for name in PACKAGES:
        shutil.copytree(ROOT / name, lola / name, ignore=IGNORED)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, lola)
    shutil.copytree(EXAMPLE, bank, ignore=IGNORED)
    for source in (lola, bank):
        built = run("-c", BUILD, str(wheels), cwd=source)
        assert built.returncode == 0, built.stderr
    target = tmp_path_factory.mktemp("installed")
    options = ("--quiet", "--no-deps", "--no-index", "--target", str(target))
    done = run("-m", "pip", "install", *options, *map(str, wheels.glob("*.whl")), cwd=target)
    assert done.returncode == 0, done.stderr
    return target


@pytest.mark.timeout(SECONDS)
def test_the_banks_tests_pass_from_installed_wheels(installed: Path, tmp_path: Path) -> None:
    """Nothing of the repository is imported; pytest finds the fixtures by the entry point."""
    for name in ("tests", "scenarios"):
        shutil.copytree(EXAMPLE / name, tmp_path / name, ignore=IGNORED)
    for name in ("lola.toml", "pyproject.toml"):
        shutil.copy(EXAMPLE / name, tmp_path)
    # What this run gives its own children (no network) is kept; the sources are not.
    guards = [part for part in os.environ["PYTHONPATH"].split(os.pathsep) if "loopback" in part]
    path = os.pathsep.join([str(installed), *guards])
    played = run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path, PYTHONPATH=path)
    assert played.returncode == 0, played.stdout
    assert "6 passed" in played.stdout
    shown = "import lola, mibanco; print(lola.__file__, mibanco.__file__)"
    files = run("-c", shown, cwd=tmp_path, PYTHONPATH=path).stdout.split()
    assert all(Path(file).is_relative_to(installed) for file in files)
