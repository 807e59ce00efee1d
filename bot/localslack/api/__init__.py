"""The Web API: a module a family of methods, each method one small function in a table."""
