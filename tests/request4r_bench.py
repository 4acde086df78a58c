"""Prints what Request4R costs a call: `python -m tests.request4r_bench [calls]`.

One call is a request sealed by us and an answer opened by us, as RaaS calls are (reference/raas.md
10); the other side's part is not counted. Keys are made for the run.
"""

import json
import sys
from statistics import quantiles
from time import perf_counter

from tests.contract.raas.test_request4r import OURS, THEIRS, keys

SIZES = {"a quote, 1 kB": 1_000, "branches, 100 kB": 100_000}
CALLS = 200


def measure(size: int, calls: int) -> tuple[float, float]:
    """Return the median and the 95th percentile of a call in milliseconds."""
    us, them = keys(), keys(THEIRS, OURS)
    request = json.dumps({"amount": 100, "currency": "USD"}).encode()
    answers = [them.encrypt(b"x" * size).encode() for _ in range(calls)]
    taken = []
    for answer in answers:
        start = perf_counter()
        us.encrypt(request)
        us.decrypt(answer)
        taken.append((perf_counter() - start) * 1000)
    parts = quantiles(taken, n=100)
    return parts[49], parts[94]


def main() -> None:
    """Print one row per size of an answer."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else CALLS
    write = sys.stdout.write
    write(f"{'Request4R, RSA 2048':<22}{'p50 ms':>8}{'p95 ms':>8}   ({calls} calls)\n")
    for name, size in SIZES.items():
        median, late = measure(size, calls)
        write(f"{name:<22}{median:>8.2f}{late:>8.2f}\n")


if __name__ == "__main__":
    main()
