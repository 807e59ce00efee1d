"""Playbooks: their model, the pure engine, the loader and the step kinds. Imports nothing of ours.

A host reads files with `loader`, begins a run with `engine.new_run`, and then repeats: `engine.advance`, save
the run, do the action that came back (`execution.execute`), `execution.record` its outcome, save again.
"""
