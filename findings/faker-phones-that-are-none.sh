#!/usr/bin/env bash
# Faker 40.63.0 makes telephone numbers of Argentina and Mexico that Google's plan calls impossible or invalid.
# Guess before running: at least eight of ten generated numbers are valid in their own country.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check faker==40.63.0 phonenumbers==9.0.43
"$work/venv/bin/python" - <<'PY'
import phonenumbers
from faker import Faker

SAMPLES = 500
valid = {}
for locale, region in (("es_AR", "AR"), ("es_MX", "MX"), ("es_ES", "ES")):
    fake = Faker(locale)
    fake.seed_instance(7)
    count = 0
    for _ in range(SAMPLES):
        try:
            count += phonenumbers.is_valid_number(phonenumbers.parse(fake.phone_number(), region))
        except phonenumbers.NumberParseException:
            pass
    valid[region] = count
    print(f"{locale}: {count} of {SAMPLES} are valid numbers of {region}")
assert valid["AR"] == 0, valid
assert valid["MX"] < SAMPLES // 3, valid
assert valid["ES"] == SAMPLES, valid
PY
