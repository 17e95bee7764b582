"""`make deploy`: deploys the whole system to an AWS account, with bundle, image and templates."""
