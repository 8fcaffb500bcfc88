"""``cnnviz`` and ``python -m cnnviz``: the command line, also while its modules load."""

import sys


def main() -> None:
    """Run the command line; a Ctrl-C ends with code 130 from the first module on."""
    try:
        from cnnviz.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("cnnviz: stopped\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
