#!/usr/bin/env bash
# smpplib 2.2.4 parts an SMS between the escape septet and the character it belongs to.
# Guess before running: a character of the GSM-7 extension table moves to the next part whole.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check smpplib==2.2.4
"$work/venv/bin/python" - <<'PY'
import smpplib.gsm

HEADER = 6  # the user data header of a concatenated message, in bytes
seen = {}
for character in "€[]{}":
    text = "a" * 152 + character + "b" * 20  # 153 septets fit into one part; the pair needs two
    parts, _, _ = smpplib.gsm.make_parts(text)
    first, second = (bytes(part)[HEADER:] for part in parts)
    seen[character] = (first[-1], second[0])
    print(f"{character}: the first part ends with 0x{first[-1]:02x}, the second begins with {second[:1]!r}")
# 0x1b is the escape septet: a phone that joins no parts shows a blank, then "e" for the euro sign.
assert all(last == 0x1B for last, _ in seen.values()), seen
assert seen["€"][1] == ord("e"), seen
PY
