"""Run the adapters' tests with the oldest and the newest vendor SDKs that pyproject.toml allows.

`python -m tests.sdks [oldest|newest]`; without a word both. Each set is installed into a folder of
its own in front of the environment that runs this, which stays as it is.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
FOLDER = Path(sys.prefix) / "sdks"
SDKS = ("google-genai", "openai", "twilio")
TESTS = ("tests/unit/models", "tests/unit/safety/test_outgoing.py", "tests/unit/channels/sms")


def wanted(which: str) -> list[str]:
    """Return what pip installs: the lower bound of each SDK, or the newest in its range."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    found = [item for item in map(Requirement, declared) if item.name in SDKS]
    if which == "newest":
        return list(map(str, found))
    return [f"{item.name}=={bound.version}" for item in found for bound in item.specifier
            if bound.operator == ">="]  # fmt: skip


def run(which: str) -> int:
    """Install one set and run the tests with it; return pytest's exit code."""
    folder = FOLDER / which
    # The oldest SDKs run with the locked packages; the newest bring what they need.
    options = ["--no-deps"] if which == "oldest" else []
    install = ["-m", "pip", "install", "--quiet", "--upgrade", "--target", folder, *options]
    subprocess.run([sys.executable, *install, *wanted(which)], check=True)  # noqa: S603
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))}
    versions = "from importlib.metadata import version as v; print(*(f'{n} {v(n)}' for n in %r))"
    subprocess.run([sys.executable, "-c", versions % (SDKS,)], check=True, env=environment)  # noqa: S603
    tests = ["-m", "pytest", "-q", "--ignore=tests/unit/models/offline", *TESTS]
    return subprocess.run([sys.executable, *tests], env=environment, cwd=ROOT).returncode  # noqa: S603, PLW1510


if __name__ == "__main__":
    sys.exit(max([run(which) for which in sys.argv[1:] or ("oldest", "newest")]))
