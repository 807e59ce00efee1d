"""The fake of the `Store` port: everything in dictionaries, one transaction at a time."""
