"""The relay that turns outbox effects into calls, one handler an effect."""
