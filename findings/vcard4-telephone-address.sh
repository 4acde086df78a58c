#!/usr/bin/env bash
# vobject 0.9.9 puts a backslash into the telephone address of a vCard 4.0 when it writes the card again.
# Guess before running: a card that is read and written again keeps its `tel:` address (RFC 6350 says that a URI value is not escaped).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check vobject==0.9.9
"$work/venv/bin/python" - <<'PY'
import vobject

CARD = (
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ana\r\n"
    "TEL;VALUE=uri;TYPE=cell:tel:+52-55-5000-0001;ext=5\r\nEND:VCARD\r\n"
)
written = vobject.readOne(CARD).serialize()
(line,) = [line for line in written.splitlines() if line.startswith("TEL")]
print(f"read:    {CARD.splitlines()[3]}")
print(f"written: {line}")
assert line.endswith("tel:+52-55-5000-0001\\;ext=5"), line
PY
