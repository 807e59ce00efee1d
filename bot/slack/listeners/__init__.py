"""Thin listeners, one module a kind: acknowledge, turn the payload into a command, call one use case."""
