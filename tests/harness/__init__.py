"""Plays stories in a few lines against the running product: real PostgreSQL, real Kafka, the local Slack."""
