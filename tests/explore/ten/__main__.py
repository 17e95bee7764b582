"""Asks ten questions about a file of donations, and compares with plain Python.

python -m tests.explore.ten FILE.csv.gz
"""

import sys
import tempfile
from pathlib import Path

from tests.explore.ten.asking import ask_all, read_lines


def main() -> int:
    """Print each question; return 1 if an answer is another one than Python's."""
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    lines = read_lines(Path(sys.argv[1]))
    print(f"{len(lines):,} items")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for outcome in ask_all(lines, Path(folder)):
            verdict = "the same" if outcome.is_right else "DIFFERENT"
            rows = len(outcome.told)
            print(f"{verdict}  {outcome.name}: {rows} rows, {outcome.ms:.0f} ms, {outcome.told[0]}")
            if not outcome.is_right:
                wrong += 1
                print(f"  expected {outcome.expected[:5]}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
