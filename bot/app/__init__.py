"""Use cases, one async function a verb, and the ports they need."""
