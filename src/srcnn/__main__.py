"""``python -m srcnn``: the command line."""

from srcnn.cli import main

main(prog_name="srcnn")
