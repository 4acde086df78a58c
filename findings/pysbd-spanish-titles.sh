#!/usr/bin/env bash
# pysbd 0.3.4 ends a Spanish sentence after "Sr." and "Dra.", and not after "Sra." and "Dr.".
# Guess before running: the usual Spanish titles are all known as abbreviations, or none is.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pysbd==0.3.4
"$work/venv/bin/python" - <<'PY'
import pysbd

segmenter = pysbd.Segmenter(language="es", clean=False)
sentences = {
    title: len(segmenter.segment(f"Aquí está {title} Gómez con el recibo."))
    for title in ("el Sr.", "la Sra.", "el Dr.", "la Dra.")
}
for title, count in sentences.items():
    print(f"{title}: {count} sentence(s)")
assert sentences == {"el Sr.": 2, "la Sra.": 1, "el Dr.": 1, "la Dra.": 2}, sentences
PY
