"""Stock that falls below its threshold is ordered, once."""
