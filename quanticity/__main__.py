"""`python -m quanticity` is the same as the command `quanticity`."""

from quanticity.cli import main

main()
