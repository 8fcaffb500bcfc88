"""``python -m cnnviz`` is the command line."""

from cnnviz.cli import main

if __name__ == "__main__":
    main()
