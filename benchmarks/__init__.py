"""What Tallyboard costs, always beside something else measured in the same run."""
