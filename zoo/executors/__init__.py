"""Executors: ways to run the trials of a sweep, one per file; the folder is the registry.

A file exposes ``check(job)``, which refuses what cannot work before anything starts,
``devices(job)``, those of the workers as far as they are known before, and
``execute(job, tick)``, which returns when every trial is done or failed and calls ``tick()``
about once a second. What it starts is `zoo.sweep.worker`; results are files in the folder of
the sweep, so an executor has nothing to carry back.
"""
