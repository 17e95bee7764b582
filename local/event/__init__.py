"""A real event on one machine: kept in a folder, with the crew's pages, no simulated donors."""
