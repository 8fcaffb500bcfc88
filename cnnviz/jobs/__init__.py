"""Jobs: many tasks that can travel, to processes of one machine, to Ray or to SLURM.

A task is the name of a function, JSON arguments and the file that shows it done. What comes of
it are files in its folder, so nothing is carried back, and the same job goes on after any crash.
"""

from cnnviz.jobs.job import Executor, Job, Tick, Wording, load_executor
from cnnviz.jobs.task import Status, Task

__all__ = ["Executor", "Job", "Status", "Task", "Tick", "Wording", "load_executor"]
