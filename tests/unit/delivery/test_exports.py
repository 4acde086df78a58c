"""The public names of the two packages."""

import pytest

from lola import delivery, state


@pytest.mark.parametrize("package", [delivery, state])
def test_public_names_are_listed_sorted_and_exist(package):
    """What others may import is declared in one sorted list, and nothing else is."""
    names = package.__all__
    assert names == sorted(names)
    defined = {name for name in vars(package) if name[0].isupper()}
    assert defined <= set(names)
    assert all(hasattr(package, name) for name in names)
