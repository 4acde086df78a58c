"""`make fuzz`: coverage-guided fuzzing of one target of `fuzz.text_targets` with Atheris.

The first argument names the target. The run ends with any exception, or a hang.
"""

import sys

import atheris

with atheris.instrument_imports(include=["lola.money", "lola.safety", "lola.text"]):
    from fuzz.text_targets import TARGETS

LONGEST = 2_000


def main() -> None:
    """Fuzz until libFuzzer's own limit of time."""
    name, *options = sys.argv[1:]
    target = TARGETS[name]

    def one_input(data: bytes) -> None:
        provider = atheris.FuzzedDataProvider(data)
        if provider.ConsumeBool():
            target(provider.ConsumeUnicodeNoSurrogates(LONGEST))
        else:
            target(provider.ConsumeBytes(LONGEST).decode("utf-8", "replace"))

    atheris.Setup([sys.argv[0], *options], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
