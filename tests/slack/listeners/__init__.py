"""Tests of bot.slack.listeners."""
