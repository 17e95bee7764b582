"""A fundraiser's page, published as files."""
