"""`python -m benchmarks SUITE [ARGUMENT...]`: run a benchmark suite; what may follow its name, the suite says."""

from __future__ import annotations

import sys

from benchmarks import (
    accuracy,
    blocking,
    calibrations,
    catalogue,
    city,
    crash,
    defects,
    demo,
    explain,
    increments,
    junk,
    memory,
    name_bench,
    names,
    resolve,
    scale,
    stream,
    suggested,
    throughput,
    unmerge,
)
from benchmarks.peers import rivals
from benchmarks.peers import suite as peers

SUITES = {
    "accuracy": accuracy.main,
    "blocking": blocking.main,
    "calibrations": calibrations.main,
    "catalogue": catalogue.main,
    "city": city.main,
    "crash": crash.main,
    "defects": defects.main,
    "demo": demo.main,
    "explain": explain.main,
    "increments": increments.main,
    "junk": junk.main,
    "memory": memory.main,
    "name_bench": name_bench.main,
    "names": names.main,
    "peers": peers.main,
    "resolve": resolve.main,
    "rivals": rivals.main,
    "scale": scale.main,
    "stream": stream.main,
    "suggested": suggested.main,
    "throughput": throughput.main,
    "unmerge": unmerge.main,
}


def main(arguments: list[str]) -> int:
    """Run the suite that the first argument names, and return the exit status."""
    if not arguments or arguments[0] not in SUITES:
        print(f"usage: python -m benchmarks {{{','.join(SUITES)}}} [ARGUMENT...]", file=sys.stderr)
        return 2
    return SUITES[arguments[0]](arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
