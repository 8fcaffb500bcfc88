"""Executors: places where the tasks of a job can run, one per file; the folder is the registry.

A file exposes ``check(job)``, which refuses what cannot work before anything starts,
``devices(job)``, those of the workers as far as they are known before, and
``execute(job, tick)``, which returns when every task is done or failed and calls ``tick()``
about once a second. What it starts is `cnnviz.jobs.worker`; results are files in the folders
of the tasks, so an executor has nothing to carry back.
"""
