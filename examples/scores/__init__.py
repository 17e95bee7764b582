"""Scores of 5,200 players, from a stream of games."""
