"""Kafka: the producer, the record codec, topics and security settings."""
