"""What else the totals and the stream feed."""
