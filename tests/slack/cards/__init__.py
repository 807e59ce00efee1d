"""Tests of bot.slack.cards."""
