"""Run the command line: ``python -m maxbooster_kernel`` is ``maxbooster``."""

import os
import sys


def main() -> None:
    """Run the command line of this process; an interrupt is heard before all else is loaded."""
    try:
        from maxbooster_kernel.cli.interrupt import end_at_once

        end_at_once()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; nothing half written was left\n")
        os._exit(130)
    import gc

    gc.set_threshold(100_000)  # most of what is loaded stays: looking for garbage costs a tenth of a command's start
    from maxbooster_kernel.cli.main import main as command

    command()


if __name__ == "__main__":
    main()
