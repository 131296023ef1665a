"""Quanticity's command line: `python main.py --help`."""

from quanticity.cli import main

if __name__ == "__main__":
    main()
