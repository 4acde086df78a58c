"""`lola sandbox --folder`: the same keys next time."""

from lola.cli.serve import _kept
from lola.sandbox import SandboxCredentials


def test_keys_are_kept_unless_the_operator_sets_them(tmp_path):
    """Made-up credentials come back; what the operator sets beats what was kept."""
    first = _kept(SandboxCredentials(), {}, tmp_path)
    assert _kept(SandboxCredentials(), {}, tmp_path) == first
    given = {"m2m_api_key": "m2m_test_mine"}
    changed = _kept(SandboxCredentials(), given, tmp_path)
    assert changed.m2m_api_key == "m2m_test_mine"
    assert changed.raas_api_key == first.raas_api_key
