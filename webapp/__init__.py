"""The web app: subscribes to `aggregates` and pushes what changes to every screen."""
