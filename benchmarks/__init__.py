"""Benchmarks: what Tallyboard costs, compared with something else measured in the same run."""
