"""Keeps an event on one machine: its tables in one SQLite file, from and into DynamoDB."""
