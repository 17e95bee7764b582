"""What sources send, taken by the local system; and genuine requests to rehearse with."""
