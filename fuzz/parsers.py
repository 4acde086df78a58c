"""`make fuzz`: coverage-guided fuzzing of every webhook parser with Atheris.

An input selects a channel, a route, and either raw bytes or a valid body with some values
replaced. The run ends with any exception but MalformedPayloadError, a failed assertion of
`fuzz.targets.check`, or a hang.
"""

import sys

import atheris

with atheris.instrument_imports(include=["channels", "lola.text.phone_numbers", "lola.safety"]):
    from fuzz import targets

    # This call imports the modules of the connectors, which are loaded by name.
    CONNECTORS = targets.connectors()
SEEDS = {connector.name: targets.seeds(connector) for connector in CONNECTORS}
WORDS = {connector.name: targets.words(connector) for connector in CONNECTORS}
MAX_DEPTH = 3


def one_input(data: bytes) -> None:
    """Build the parser's input from libFuzzer's bytes, and parse it."""
    provider = atheris.FuzzedDataProvider(data)
    connector = CONNECTORS[provider.ConsumeIntInRange(0, len(CONNECTORS) - 1)]
    path = connector.routes[provider.ConsumeIntInRange(0, len(connector.routes) - 1)]
    if provider.ConsumeBool():
        body = provider.ConsumeBytes(provider.remaining_bytes())
    else:
        known = SEEDS[connector.name]
        body = known[provider.ConsumeIntInRange(0, len(known) - 1)]
        for _ in range(provider.ConsumeIntInRange(1, 4)):
            junk = _junk(provider, WORDS[connector.name], MAX_DEPTH)
            body = targets.altered(body, provider.ConsumeIntInRange(0, 511), junk)
    targets.read(connector, path, body)


def _junk(provider: "atheris.FuzzedDataProvider", words: tuple[str, ...], depth: int) -> object:
    kind = provider.ConsumeIntInRange(0, 7 if depth else 5)
    if kind < 2:
        return words[provider.ConsumeIntInRange(0, len(words) - 1)]
    if kind == 2:
        return provider.ConsumeUnicode(16)
    if kind == 3:
        return provider.ConsumeInt(8)
    if kind == 4:
        return provider.ConsumeFloat()
    if kind == 5:
        return (None, True, False, "")[provider.ConsumeIntInRange(0, 3)]
    inner = [_junk(provider, words, depth - 1) for _ in range(provider.ConsumeIntInRange(0, 2))]
    if kind == 6:
        return inner
    return {words[provider.ConsumeIntInRange(0, len(words) - 1)]: item for item in inner}


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
