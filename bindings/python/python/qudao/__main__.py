"""``python -m qudao``: the same program as ``qudao``."""

from __future__ import annotations

import signal
import sys

from qudao import _native


def main(arguments: list[str] | None = None) -> int:
    """Runs the program and gives its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    sys.stdout.flush()
    return _native.main(["qudao", *given])


if __name__ == "__main__":
    # Ctrl-C ends the program at once: what was committed stays, and an import goes on where it ended.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main())
