"""HTTP: webhooks, the REST API, health and the console."""
