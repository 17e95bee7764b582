"""The web app: subscribes to the channel `aggregates` and pushes changes to every screen."""
