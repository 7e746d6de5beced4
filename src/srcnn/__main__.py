"""The command ``srcnn``, and ``python -m srcnn``."""

import os


def _command() -> None:
    # Imported here, where Ctrl-C is caught already.
    from srcnn.cli import main

    main(prog_name="srcnn")


def start() -> None:
    """Run the command line and end the process."""
    try:
        from srcnn.console import run
    except KeyboardInterrupt:
        os.write(2, b"srcnn: stopped\n")
        os._exit(130)
    run(_command)


if __name__ == "__main__":
    start()
