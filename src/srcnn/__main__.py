"""The command ``srcnn``, and ``python -m srcnn``."""

from srcnn.console import run


def _command() -> None:
    # Imported here, where Ctrl-C is caught already.
    from srcnn.cli import main

    main(prog_name="srcnn")


def start() -> None:
    """Run the command line and end the process."""
    run(_command)


if __name__ == "__main__":
    start()
