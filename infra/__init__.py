"""`make deploy`: the whole system in an AWS account, and its bundle, image and templates."""
