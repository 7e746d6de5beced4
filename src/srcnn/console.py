"""Standard streams and Ctrl-C of the command; nothing heavy is imported here.

A message that cannot be written to standard error is dropped, so it never stops the work.
If data cannot be written to standard output, the command ends with exit code 1.
Ctrl-C ends the command with one line and exit code 130, even during start-up, and SIGTERM with exit code 143.
"""

from __future__ import annotations

import atexit
import errno
import io
import os
import sys
import time

from srcnn.errors import interrupted

TYPE_CHECKING = False  # importing typing takes as long as everything else before the first line of the command
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from _typeshed import ReadableBuffer

INTERRUPTED, TERMINATED = 130, 143  # 128 + the number of the signal, as shells count


class _Reports(io.FileIO):
    """Standard error; output that cannot be written is dropped."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


class _Data(io.FileIO):
    """Standard output; the first failure is raised and kept, and later output is dropped."""

    failure: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        if self.failure is not None:
            return memoryview(data).nbytes
        try:
            return super().write(data)
        except OSError as error:
            self.failure = error
            raise


_started = time.perf_counter()
_leaving = False  # Ctrl-C was pressed, or the command is over
_stopped = False  # by Ctrl-C or SIGTERM
_told = False  # its line has been printed
_status = INTERRUPTED


def run(command: Callable[[], None]) -> NoReturn:
    """Run the command line, and end the process with its exit code.

    Parameters
    ----------
    command : callable
        What the process is started for.

    Returns
    -------
    NoReturn
        The process ends.

    Raises
    ------
    SystemExit
        Always, with the command's exit code; 130 after Ctrl-C, 143 after SIGTERM.
    """
    output = None
    end: str | int | None = 0
    try:
        _catch_interrupts()
        output = _protect_streams()
        command()
    except SystemExit as stop:
        end = stop.code
    except KeyboardInterrupt:
        say_stopped()
        end = stop_status()
    except Exception as error:
        if interrupted(error):
            say_stopped()
            end = stop_status()
        elif output is None or error is not output.failure:
            raise
        else:
            end = 1
    finally:
        _end()
    end = _flushed(output, end)
    if _stopped and isinstance(end, int):
        # Python itself would end by SIGINT where the signal came while it ran code from a string, as data classes do.
        atexit._run_exitfuncs()
        os._exit(end)
    sys.exit(end)


def elapsed() -> float:
    """The time since the command was started.

    Returns
    -------
    float
        Seconds.
    """
    return time.perf_counter() - _started


def stop_status() -> int:
    """The exit code after the signal that stopped the command.

    Returns
    -------
    int
        130 or 143.
    """
    return _status


def say_stopped(text: str = "stopped") -> None:
    """Print the one line about Ctrl-C.

    Parameters
    ----------
    text : str
        What to say.
    """
    global _told  # noqa: PLW0603 - a signal belongs to the process
    _told = True
    _print_line(f"srcnn: {text}")


def _print_line(line: str) -> None:
    try:
        if sys.stderr is not None:
            sys.stderr.write(line + "\n")
            sys.stderr.flush()
    except (OSError, ValueError):
        pass


def _end() -> None:
    global _leaving  # noqa: PLW0603
    _leaving = True


def _catch_interrupts() -> None:
    """Raise `KeyboardInterrupt` on the first Ctrl-C or SIGTERM, for an orderly end; exit at once on the second."""
    import signal  # slow to import, so after Ctrl-C is handled

    def stop(number: int, frame: object) -> None:
        global _status, _stopped  # noqa: PLW0603
        if _leaving:
            _leave()
        _end()
        _stopped = True
        _status = TERMINATED if number == signal.SIGTERM else INTERRUPTED
        raise KeyboardInterrupt

    usual = sys.unraisablehook

    def unraisable(what: sys.UnraisableHookArgs, /) -> None:
        # Raised in a callback or a destructor, where Python can only print it.
        if what.exc_type is KeyboardInterrupt:
            _leave()
        usual(what)

    sys.unraisablehook = unraisable
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # it is ignored in a background job of a script
        signal.signal(signal.SIGINT, stop)


def _leave() -> None:
    if not _told:
        say_stopped()
    os._exit(_status)


def _protect_streams() -> _Data | None:
    """Replace Python's streams by ones that follow the rules above."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # Closed: the next opened file would get this number, and native libraries would write messages into it.
            # Read only, so that writing fails as on a closed one.
            opened = os.open(os.devnull, os.O_RDONLY)
            if opened != descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)
            os.set_inheritable(descriptor, True)
    output = None
    if not _is_windows_console(sys.stdout):
        output = _Data(1, "wb", closefd=False)
        sys.stdout = _text(output, sys.stdout)
    if not _is_windows_console(sys.stderr):
        sys.stderr = _text(_Reports(2, "wb", closefd=False), sys.stderr)
    return output


def _is_windows_console(stream: object) -> bool:
    """Whether a stream is a Windows console, which takes characters instead of bytes."""
    return sys.platform == "win32" and isinstance(stream, io.TextIOWrapper) and stream.isatty()


def _text(raw: io.FileIO, instead: object) -> io.TextIOWrapper:
    """A text stream with the encoding of another one that escapes characters it cannot encode."""
    encoding = instead.encoding if isinstance(instead, io.TextIOWrapper) else None
    through = isinstance(instead, io.TextIOWrapper) and instead.write_through
    line = raw.isatty() or isinstance(raw, _Reports)
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding, errors="backslashreplace", line_buffering=line, write_through=through
    )


def _flushed(output: _Data | None, end: str | int | None) -> str | int | None:
    """Flush the output and return the exit code; on failure Python would print a traceback at exit."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError):
        end = end or 1
    failure = None if output is None else output.failure
    if failure is not None and failure.errno != errno.EPIPE and end == 1 and not _told:
        _print_line(f"srcnn: cannot write to standard output: {(failure.strerror or str(failure)).lower()}")
    return end
