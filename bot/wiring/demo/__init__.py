"""The demo: a small shop with a bad deploy, told by a script on the local Slack."""
