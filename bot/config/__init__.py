"""The configuration folder: rules, services and templates from YAML."""
