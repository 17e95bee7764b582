"""The Lambda function: reads DynamoDB stream records, and makes one script call per board."""
