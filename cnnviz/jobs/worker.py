"""Workers: whoever has a processor to spare does the next task that nobody is at."""

import importlib
import time
import traceback
from collections.abc import Callable, Sequence
from typing import cast

from cnnviz.errors import CnnvizError, ParameterError
from cnnviz.jobs.claim import Claim
from cnnviz.jobs.task import Task

_PAUSE = 1.0  # seconds between looks at what others do
Announce = Callable[[str | None], None]
Function = Callable[..., None]


def work_through(tasks: Sequence[Task], *, device: str, announce: Announce) -> None:
    """Do one task after another until all are done or failed.

    Parameters
    ----------
    tasks
        In the order they are to be tried.
    device
        ``"cpu"``, ``"cuda"`` or ``"cuda:N"``.
    announce
        Told the identifier of each task that is begun, and None after it.

    Raises
    ------
    ParameterError
        If a function cannot be imported; nothing was begun then.
    """
    functions = {name: _imported(name) for name in {task.function for task in tasks}}
    claims = {task.task_id: Claim(task.folder) for task in tasks}
    while left := [task for task in tasks if not task.is_finished]:
        worked = False
        for task in left:
            if not task.is_finished and claims[task.task_id].take(wait=False):
                announce(task.task_id)
                _attempt(task, functions[task.function], claims[task.task_id], device=device)
                announce(None)
                worked = True
        if not worked:
            time.sleep(_PAUSE)


def attempt(task: Task, *, device: str) -> None:
    """Do a task unless it is finished; when another worker has it, wait for that one.

    Raises
    ------
    ParameterError
        If its function cannot be imported.
    """
    function, claim = _imported(task.function), Claim(task.folder)
    claim.take(wait=True)
    _attempt(task, function, claim, device=device)


def _attempt(task: Task, function: Function, claim: Claim, *, device: str) -> None:
    try:
        if not task.is_finished:
            function(task.folder, device=device, **task.arguments)
            if not task.is_done:
                task.fail(f"{task.function} ended without writing {task.done}")
    except Exception as error:  # whatever fails is recorded, and others go on
        if isinstance(error.__cause__, SystemExit):  # a signal asked the task to stop
            raise error.__cause__ from error
        task.fail(_reason(error), traceback.format_exc())
    finally:
        claim.release()


def _imported(name: str) -> Function:
    module, _, function = name.partition(":")
    try:
        return cast(Function, getattr(importlib.import_module(module), function))
    except (ImportError, AttributeError) as error:
        raise ParameterError(
            f"function={name!r} cannot be imported ({error}); allowed: 'package.module:name' of "
            "what is installed where the task runs; check the name"
        ) from error


def _reason(error: Exception) -> str:
    """One line; errors of cnnviz speak for themselves."""
    first = str(error).strip().partition("\n")[0]
    return first if isinstance(error, CnnvizError) else f"{type(error).__name__}: {first}"
