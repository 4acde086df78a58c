"""The wheel of the service: it has every data file of its packages and nothing else."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("agents", "channels", "knowledge", "lola", "middleware")
OTHERS = ("findings", "fuzz", "reliability", "tests", "training")
BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
IGNORED = shutil.ignore_patterns(".*", "__pycache__", "*.pyc")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The files of a wheel that is built from a copy of the sources."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in (*PACKAGES, *OTHERS):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=IGNORED)
    command = [sys.executable, "-c", BUILD, str(target)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)  # noqa: S603 - our own
    (path,) = target.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return frozenset(archive.namelist())


def test_every_file_of_the_packages_is_in_the_wheel(wheel: frozenset[str]) -> None:
    """Code, prompts, wording, Lua, SQL, templates and style sheets are installed."""
    wanted = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted - wheel == set()
    suffixes = {Path(name).suffix for name in wanted}
    assert {
        ".toml",
        ".md",
        ".lua",
        ".sql",
        ".html",
        ".css",
        ".js",
        ".svg",
        ".yaml",
        ".npz",
    } <= suffixes
    assert "lola/py.typed" in wheel


def test_nothing_but_the_packages_is_in_the_wheel(wheel: frozenset[str]) -> None:
    """Tests, fuzzing, the reliability rig, training texts and the findings are not installed."""
    tops = {name.partition("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
