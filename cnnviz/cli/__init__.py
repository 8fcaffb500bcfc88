"""The command line: the composition root, and the only place that knows click.

Each file of this folder that does not begin with ``_`` is one command and exposes it as
``command``. Listing commands imports nothing heavy; a command imports what it needs when run.
"""

import _thread
import atexit
import gc
import sys
import tempfile
import threading
import traceback
from importlib import metadata

import rich_click as click
from click.exceptions import Abort

from cnnviz.cli._commands import Commands
from cnnviz.errors import CnnvizError

_FOR_ALL = ("--debug", "--quiet")  # understood before and behind the name of a command


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Try: cnnviz report (no arguments: the bundled network on the bundled clips)",
)
@click.version_option(metadata.version("cnnviz"), prog_name="cnnviz")
@click.option("--debug", is_flag=True, help="Show the full traceback of an error.")
@click.option("--quiet", is_flag=True, help="Say nothing on the way: only answers and errors.")
@click.pass_context
def root(ctx: click.Context, debug: bool, quiet: bool) -> None:
    """Show what a trained audio CNN listens to, in Hz, seconds and dB.

    Point `cnnviz filters` at any checkpoint, `cnnviz report` at a model and a folder of sounds.
    """
    ctx.obj = {"debug": debug, "quiet": quiet}


def main(arguments: list[str] | None = None) -> None:
    """Run the command line: exit code 0, 1 for errors, 2 for usage, 70 for defects, 130 for Ctrl-C.

    A defect is an error that no line of cnnviz expects: its traceback goes to a file.
    """
    atexit.register(gc.freeze)  # the end of a process frees all faster than a last collection
    before, sys.unraisablehook = sys.unraisablehook, _hear_lost_interrupt
    try:
        _run(arguments)
    finally:
        sys.unraisablehook = before


def _run(arguments: list[str] | None) -> None:
    words = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in words
    for_all = [word for word in _FOR_ALL if word in words]
    words = [*for_all, *(word for word in words if word not in _FOR_ALL)]
    try:
        code = root.main(args=words, standalone_mode=False)
    except Abort as stop:
        if isinstance(stop.__context__, EOFError):  # click takes it for Ctrl-D
            _leave(_defect(stop.__context__), 70)
        _leave("stopped", 130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _leave("stopped", 130)
    except (CnnvizError, OSError, MemoryError) as error:
        if debug:
            raise
        _leave(_one_line(error), 1)
    except Exception as error:  # whatever nobody expected
        if debug:
            raise
        _leave(_defect(error), 70)
    sys.exit(code if isinstance(code, int) else 0)


def _hear_lost_interrupt(lost: "sys.UnraisableHookArgs") -> None:
    """Interrupt again: Python drops a Ctrl-C that comes while it deletes an object."""
    if lost.exc_type is KeyboardInterrupt:
        threading.Timer(0.01, _thread.interrupt_main).start()  # when this call has ended
    else:
        sys.__unraisablehook__(lost)


def _one_line(error: BaseException) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {(error.strerror or str(error)).lower()}"
    if isinstance(error, MemoryError):
        return "memory is used up; add --batch-size with a smaller number"
    return " ".join(str(error).split())


def _defect(error: BaseException) -> str:
    """One line about an error that nobody expected, and where its traceback is."""
    text = "".join(traceback.format_exception(error))
    with tempfile.NamedTemporaryFile(
        "w", prefix="cnnviz-", suffix=".log", delete=False, encoding="utf-8", errors="replace"
    ) as log:
        log.write(f"{' '.join(sys.argv)}\n\n{text}")
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return f"a defect, please report it ({what}); the traceback is in {log.name}"


def _leave(message: str, code: int) -> None:
    click.echo(f"cnnviz: {message}", err=True)
    sys.exit(code)
