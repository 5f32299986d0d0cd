"""A server that speaks S3 and checks each request's signature: moto on loopback, with one user and one bucket.

Prints the port, the user's key id and secret key, each on a line, and serves until its standard input ends.
"""

import json
import os
import sys

# What is asked before the user has keys is not checked; all that follows is.
PREPARATIONS = 4
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = str(PREPARATIONS)

import boto3
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
_, port = server.get_host_and_port()


def client(service):
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="eu-central-1",
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",
    )


policy = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
}
iam = client("iam")
iam.create_user(UserName="cache")
iam.put_user_policy(UserName="cache", PolicyName="all", PolicyDocument=json.dumps(policy))
key = iam.create_access_key(UserName="cache")["AccessKey"]
client("s3").create_bucket(
    Bucket="cache", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
)
print(port, key["AccessKeyId"], key["SecretAccessKey"], sep="\n", flush=True)
sys.stdin.read()
server.stop()
