"""The repository holds no credential, and the scanner finds planted ones (docs/safety.md 3.2)."""

import secrets
import subprocess
from pathlib import Path

import pytest

from lola.money.keys import new_secret, new_signing_key
from tests.secret_scan import KINDS, files, history, look

DIGITS = "3Kx9QmZ7vLp2RtYw8NbHc5JfGd4SaEu6"
PLANTED = {
    "AWS key": f"AKIA{'Q7' * 8}",
    "Google key": f"AIza{DIGITS}Abc",
    "GitHub token": f"ghp_{DIGITS}wXyZ",
    "OpenAI key": f"sk-{DIGITS}",
    "Slack token": f"xoxb-{DIGITS}",
    "Stripe key": f"sk_live_{DIGITS}",
    "Twilio key": f"SK{'3f9a' * 8}",
    "Telegram token": f"123456789:AA{DIGITS}x",
    "Meta token": f"EAA{DIGITS * 2}",
    "M2M key": f"m2m_live_{DIGITS}",
    "address with a password": f"rediss://lola:{DIGITS}@redis.bank.example:6380/0",
}


def test_the_repository_holds_no_credential() -> None:
    """Every file that git knows or would add."""
    assert list(files()) == []


@pytest.fixture
def repository(tmp_path) -> Path:
    """A repository of its own."""
    for arguments in (["init", "-q"], ["config", "user.email", "a@b.example"],
                      ["config", "user.name", "a"]):  # fmt: skip
        _git(tmp_path, *arguments)
    return tmp_path


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)  # noqa: S603, S607


def test_every_kind_is_tried() -> None:
    """A pattern without a planted value would prove nothing."""
    assert set(PLANTED) | {"private key"} == set(KINDS)


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_credential_is_found_and_not_shown(repository, kind: str) -> None:
    """In a new file, by its place and kind."""
    (repository / "a.txt").write_text(f"first\nvalue = {PLANTED[kind]} # here\n")
    (leak,) = files(repository)
    assert (leak.place, leak.kind) == ("a.txt:2", kind)
    assert DIGITS not in repr(leak)


def test_a_planted_key_and_a_planted_assignment_are_found(repository) -> None:
    """A PEM file over several lines, and any random text that is called a secret."""
    (repository / "key.pem").write_text(new_signing_key())
    for number in range(20):
        (repository / f"{number}.env").write_text(f'CALLBACK_SECRET="{new_secret()}"\n')
    found = list(files(repository))
    assert {"private key", "assigned value"} == {leak.kind for leak in found}
    assert len(found) >= 20


def test_what_was_committed_and_removed_is_found_in_the_history(repository) -> None:
    """A removed secret is still in everybody's clone."""
    path = repository / "a.txt"
    for text in (PLANTED["OpenAI key"], "gone"):
        path.write_text(text)
        _git(repository, "add", "-A")
        _git(repository, "commit", "-q", "-m", "x")
    assert list(files(repository)) == []
    assert [leak.kind for leak in history(repository)] == ["OpenAI key"]


def test_ordinary_lines_are_no_credentials() -> None:
    """Names, digests without a name, and examples of the documentation."""
    ordinary = (
        'token = "confirm_transfer_with_button"',
        "redis://[user:password@]h1:6379/0",
        f"sha256:{secrets.token_hex(32)}",
        "the api_key is read from OPENAI_API_KEY",
        'csrf = request.headers["X-CSRF-Token"]',
    )
    assert list(look("x", ordinary)) == []
