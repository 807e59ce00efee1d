"""What a playbook step may ask of the world, made real."""
