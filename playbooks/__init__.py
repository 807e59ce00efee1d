"""Playbooks: their model, the pure engine, the loader and the step kinds. Imports nothing of ours."""
