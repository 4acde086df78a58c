"""Names of workers: one each, and the same one after a restart."""

import pytest

from lola.delivery.worker_name import WorkerName
from lola.errors import ConfigurationError


def test_two_workers_on_one_machine_have_different_names(tmp_path):
    """Two with one name would take each other's leases for their own."""
    one, two = WorkerName.claim("", tmp_path), WorkerName.claim("", tmp_path)
    assert one.name != two.name
    one.close()
    two.close()


def test_the_next_life_has_the_same_name(tmp_path):
    """So it finds what it left; the kernel gives the name back however a process ends."""
    first = WorkerName.claim("", tmp_path)
    first.close()
    again = WorkerName.claim("", tmp_path)
    assert again.name == first.name
    again.close()


def test_workers_of_two_folders_are_told_apart(tmp_path):
    """Two deployments on one machine may share a Redis."""
    one, two = WorkerName.claim("", tmp_path / "a"), WorkerName.claim("", tmp_path / "b")
    assert one.name != two.name
    one.close()
    two.close()


def test_an_operator_may_choose(tmp_path):
    """WORKER_NAME is taken as it is, and locks nothing."""
    assert WorkerName.claim("blue-1", tmp_path).name == "blue-1"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_used_is_named(tmp_path):
    """By its setting."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="LOLA_DATA"):
        WorkerName.claim("", tmp_path / "file")
