"""Slack: the gateway, pure Block Kit builders and thin listeners."""
