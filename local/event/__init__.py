"""A real event on one machine: kept in a folder, without donors of ours, with the crew's pages."""
