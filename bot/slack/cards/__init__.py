"""What people see in channels: one card a module, each a pure function from the read model to Block Kit."""
