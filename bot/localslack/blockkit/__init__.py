"""Validation of Block Kit as Slack does it. Pure: a payload goes in, a list of problems comes out."""
