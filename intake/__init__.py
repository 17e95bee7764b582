"""The machines' side: webhooks, polling, text messages and the signed API, into a board's table."""
