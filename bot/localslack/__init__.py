"""A Slack workspace on loopback, for trying, demonstrating and testing. Imports nothing of ours."""
