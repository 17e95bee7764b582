"""Keeps an event on one machine: its DynamoDB tables in one SQLite file."""
