"""Unit tests for rules, from YAML: what happens on a clock of its own, and what must be open when."""
