"""The real servers that tests run against, and what tests need to start, crash and watch them."""
