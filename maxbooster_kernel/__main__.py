"""Run the command line: ``python -m maxbooster_kernel`` is ``maxbooster``."""

from maxbooster_kernel.cli.main import main

if __name__ == "__main__":
    main()
