"""SQL over the live table: the engine in a process of its own, its sync, and who may ask it."""
