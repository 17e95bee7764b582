"""Ten questions about a table of donations, each answered by the API and by plain Python."""
