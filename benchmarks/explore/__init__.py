"""How fast SQL over the live table is, beside SQLite and beside a scan: `__main__.py`."""
