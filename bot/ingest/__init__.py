"""Parsers: bytes and headers in, domain events out. No I/O."""
