"""Reloading: a process that watches, and generations of the program that it starts.

The watcher holds the listening sockets for as long as the command runs and passes them on to each
generation, so that a reload refuses nobody. It never runs the user's code, so start-up code runs
once per generation.

- :mod:`~samovar.cli.reload.generation` is the side of the program: what it got from the watcher.
- :mod:`~samovar.cli.reload.watch` is what the program tells its watcher to do.
- :mod:`~samovar.cli.reload.watcher` is the side of the watcher.
- :mod:`~samovar.cli.reload.handover` makes a running program the first generation of a watcher.
"""
