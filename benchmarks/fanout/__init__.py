"""Measures the cost of pushing one event to thousands of clients, compared with alternatives."""
