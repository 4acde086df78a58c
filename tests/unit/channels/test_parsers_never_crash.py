"""Every parser accepts any input: it returns, or raises MalformedPayloadError and nothing else.

The connectors are those of the default settings, so that no channel can be left out.
"""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.targets import altered, check, connectors, read, seeds, words
from lola.channel.contract import Parsed

CONNECTORS = connectors()
quick = settings(max_examples=150)
every_channel = pytest.mark.parametrize("connector", CONNECTORS, ids=lambda one: one.name)


def junk_of(connector):
    """JSON that holds the channel's own names, so that it gets past the first look."""
    known = st.sampled_from(words(connector))
    leaves = (
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | known
    )  # fmt: skip
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(known, inner, max_size=3),
        max_leaves=6,
    )


def bodies_of(connector):
    """A valid body with up to three of its values replaced."""
    changes = st.tuples(st.integers(0, 511), junk_of(connector))

    def changed(seed, steps):
        for place, junk in steps:
            seed = altered(seed, place, junk)
        return seed

    return st.builds(
        changed,
        st.sampled_from(seeds(connector)),
        st.lists(changes, min_size=1, max_size=3),
    )


@every_channel
def test_fuzzing_starts_from_messages(connector):
    """Most bodies that a channel's fuzzing starts from hold a message, so it gets deep."""
    known = seeds(connector)
    taken = [seed for seed in known if read(connector, connector.routes[0], seed)]
    assert len(taken) * 2 > len(known)


@every_channel
@quick
@given(body=st.binary(max_size=200), data=st.data())
def test_any_bytes(connector, body, data):
    """Noise is judged, not crashed on."""
    read(connector, data.draw(st.sampled_from(connector.routes)), body)


@every_channel
@quick
@given(data=st.data())
def test_any_value_at_any_place_of_a_delivery(connector, data):
    """Each node of a valid delivery, and each field of a form, may be anything at all."""
    odd = (f"{connector.routes[0]}?[", "//[")
    route = data.draw(st.sampled_from((*connector.routes, *odd)))
    read(connector, route, data.draw(bodies_of(connector)))


def test_the_checker_bites():
    """A parser that lets a lone surrogate through, or invents an id, would be caught."""
    whatsapp = CONNECTORS[0]
    message = read(whatsapp, whatsapp.routes[0], seeds(whatsapp)[0])[0]
    check(Parsed(messages=(message,)))
    with pytest.raises(UnicodeEncodeError):
        check(Parsed(messages=(replace(message, id="\ud800"),)))
    with pytest.raises(AssertionError):
        check(Parsed(messages=(replace(message, id="None"),)))
