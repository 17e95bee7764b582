"""The whole system on one machine: a local DynamoDB, Lambda's event source, a Redis, the web app.

DynamoDB is ministack, pinned, in a separate virtualenv because it pins botocore. A put that changes
nothing makes no record, its stream is trimmed, and it is 2 to 7 times as fast as moto's server.
"""
