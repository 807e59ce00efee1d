"""Processes that die at the worst moments, and a verdict on what people and other systems see afterwards."""
