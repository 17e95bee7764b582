"""Examples that run on this machine: each beside the published way, on the same records."""
