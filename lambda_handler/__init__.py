"""The Lambda function: DynamoDB stream records in, one script call per board out."""
