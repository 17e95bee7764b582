"""What it costs to push one event to thousands of clients: ours beside what people use instead."""
