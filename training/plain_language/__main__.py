"""`python -m training.plain_language`: counts and writes the table into the package.

With `--compare` it counts nothing and prints how the guard does on replies that were held back.
"""

import json
import sys
from pathlib import Path

from lola.text.word_order import TABLE
from training.plain_language.comparison import compare
from training.plain_language.corpus import parts
from training.plain_language.counting import count


def main(target: Path = TABLE) -> None:
    """Count all texts and store the table, one line for each first word of a pair."""
    table = count(text for part in parts().values() for text in part)
    pairs = table.pop("pairs")
    head = ",\n".join(f"{json.dumps(name)}: {_json(value)}" for name, value in table.items())
    body = ",\n".join(f"{_json(first)}: {_json(seconds)}" for first, seconds in pairs.items())
    target.write_text(f'{{{head},\n"pairs": {{\n{body}\n}}}}\n', encoding="utf-8")
    print(f"{target.stat().st_size:,} bytes")  # noqa: T201


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    if "--compare" in sys.argv:
        print(compare())  # noqa: T201
    else:
        main()
