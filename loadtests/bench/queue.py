"""What the queue alone can take: SendMessageBatch, then ReceiveMessage with DeleteMessageBatch, from N threads.

`python -m loadtests.bench.queue ENDPOINT --messages N --threads N` prints JSON: messages/s sent, and consumed.
Works on a queue of its own, which it deletes.
"""

import argparse
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config

BODY = json.dumps({"event_id": str(uuid4()), "order_id": str(uuid4()), "padding": "x" * 220})
ATTRIBUTES = {
    name: {"DataType": "String", "StringValue": "x" * 40} for name in ("event_type", "event_id", "traceparent")
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("endpoint")
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--threads", type=int, default=8)
    options = parser.parse_args()
    sqs = boto3.client(
        "sqs",
        endpoint_url=options.endpoint,
        region_name="us-east-1",
        config=Config(max_pool_connections=options.threads, proxies={}),
    )
    url = sqs.create_queue(QueueName=f"bench-{uuid4().hex[:8]}")["QueueUrl"]
    entries: Any = [{"Id": str(n), "MessageBody": BODY, "MessageAttributes": ATTRIBUTES} for n in range(10)]

    def send(_: int) -> int:
        return len(sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"])

    def consume(_: int) -> int:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get(
            "Messages", []
        )
        deletes: Any = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(messages)]
        return len(sqs.delete_message_batch(QueueUrl=url, Entries=deletes)["Successful"]) if deletes else 0

    result = {}
    with ThreadPoolExecutor(options.threads) as pool:
        for name, work in (("sent", send), ("consumed", consume)):
            began = time.perf_counter()
            total = sum(pool.map(work, range(options.messages // 10)))
            result[f"{name}_per_second"] = total / (time.perf_counter() - began)
    sqs.delete_queue(QueueUrl=url)
    print(json.dumps(result))  # noqa: T201 - its answer


if __name__ == "__main__":
    main()
