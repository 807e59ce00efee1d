"""The consuming loop (poll, decide, commit, dead letter) and its two consumers."""
