"""The whole system on one machine: a local DynamoDB, Lambda's event source, a Redis, the web app.

DynamoDB is ministack, pinned, in a virtualenv of its own (it pins botocore): its no-op puts make no
record, its stream is trimmed, and it writes and reads 2 to 7 times as fast as moto's server.
"""
