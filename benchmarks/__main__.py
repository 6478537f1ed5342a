"""`python -m benchmarks SUITE [PROJECT...]`: run a benchmark suite."""

from __future__ import annotations

import sys

from benchmarks import accuracy

SUITES = {"accuracy": accuracy.main}


def main(arguments: list[str]) -> int:
    """Run the suite that the first argument names, and return the exit status."""
    if not arguments or arguments[0] not in SUITES:
        print(f"usage: python -m benchmarks {{{','.join(SUITES)}}} [PROJECT...]", file=sys.stderr)
        return 2
    return SUITES[arguments[0]](arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
