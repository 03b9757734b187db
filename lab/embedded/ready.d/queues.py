"""LocalStack's ready hook on the host and compose rungs: makes the queues that Terraform makes elsewhere.

Runs in LocalStack's interpreter at each of its starts, because it keeps queues in memory. Idempotent.
"""

import json
import os

import boto3
from botocore.config import Config

DAY = 24 * 3600  # seconds
MAX_RECEIVES = 3

sqs = boto3.client(
    "sqs",
    endpoint_url=f"http://127.0.0.1:{os.environ.get('GATEWAY_LISTEN', ':4566').rsplit(':', 1)[1]}",
    region_name=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"),
    aws_access_key_id="test",
    aws_secret_access_key="test",  # noqa: S106 - LocalStack asks for some, and takes any
    config=Config(proxies={}),
)
dlq = sqs.create_queue(QueueName="order-dlq", Attributes={"MessageRetentionPeriod": str(14 * DAY)})["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=dlq, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": str(MAX_RECEIVES)})
sqs.create_queue(
    QueueName="order-queue",
    Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "30", "MessageRetentionPeriod": str(4 * DAY)},
)
