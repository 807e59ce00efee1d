"""A Slack workspace on loopback, for trying, demonstrating and testing.

It speaks Slack's protocol (Web API, signed deliveries, Socket Mode) and serves a page in which a person, or a
test, can be any user of the workspace. It knows nothing of the app that talks to it.
"""
