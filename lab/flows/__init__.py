"""What a task does, on any rung."""
