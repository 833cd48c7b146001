"""Makes the stack of deploy/template.yaml in moto, as far as moto goes: SAM's own translator,
then CloudFormation. Prints as JSON what a host of the function needs to know of it. From then
on moto asks everybody for their rights: the function has those of its role, the test all."""

import json
import os
import sys
import urllib.request

import boto3
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

STACK = "kanso-development"
PARAMETERS = {"Stage": "development", "AlarmEmail": "race@kanso.example"}
# moto looks for a function's code there; nothing runs it.
CODE = ("kanso-code", "bootstrap.zip")
# Aliases and CodeDeploy, which decide how a new version comes into service.
UNKNOWN_TO_MOTO = ("AutoPublishAlias", "DeploymentPreference")


class NoManagedPolicies:
    def load(self):
        return {}


def parameters(template):
    named = {name: one["Default"] for name, one in template["Parameters"].items() if "Default" in one}
    return named | PARAMETERS


def made(template):
    """The stack's outputs."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=CODE[0])
    s3.put_object(Bucket=CODE[0], Key=CODE[1], Body=b"PK\x05\x06" + bytes(18))
    template["Globals"]["Function"]["CodeUri"] = "s3://{}/{}".format(*CODE)
    for resource in template["Resources"].values():
        for unknown in UNKNOWN_TO_MOTO:
            resource["Properties"].pop(unknown, None)
    plain = transform(template, parameters(template), NoManagedPolicies())
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in PARAMETERS.items()]
    formation = boto3.client("cloudformation")
    formation.create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(plain),
        Parameters=given,
        Capabilities=["CAPABILITY_IAM"],
    )
    stack = formation.describe_stacks(StackName=STACK)["Stacks"][0]
    if stack["StackStatus"] != "CREATE_COMPLETE":
        sys.exit("the stack is {}: {}".format(stack["StackStatus"], stack.get("StackStatusReason")))
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def user(name, rights):
    """The key and the secret of a new user with these rights."""
    iam = boto3.client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="rights", PolicyDocument=json.dumps(rights))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return [key["AccessKeyId"], key["SecretAccessKey"]]


def function_rights():
    """What PipelinePolicy became: the only policy of the stack's own. To AWS a batch of messages
    is messages; moto knows a right of its own for it."""
    iam = boto3.client("iam")
    (policy,) = iam.list_policies(Scope="Local")["Policies"]
    version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
    document = version["PolicyVersion"]["Document"]
    for statement in document["Statement"]:
        if statement["Action"] == "sqs:SendMessage":
            statement["Action"] = ["sqs:SendMessage", "sqs:SendMessageBatch"]
    return document


def work_queue():
    """The name of the queue that the functions are told to send their work to."""
    functions = boto3.client("lambda").list_functions()["Functions"]
    (url,) = {one["Environment"]["Variables"]["KANSO_QUEUE_URL"] for one in functions}
    return url.rsplit("/", 1)[1]


def main(path, endpoint):
    os.environ["AWS_ENDPOINT_URL"] = endpoint
    with open(path, encoding="utf-8") as file:
        template = yaml_parse(file.read())
    resources = template["Resources"]
    # moto would answer the queue's messages itself, without the function.
    source = resources["PhotoFunction"]["Properties"].pop("Events")["Uploads"]["Properties"]
    outputs = made(template)
    name = outputs["UploadQueueUrl"].rsplit("/", 1)[1]
    if work_queue() != name:
        sys.exit("the functions send their work to {}, and read {}".format(work_queue(), name))
    queues = boto3.client("sqs")
    upload_queue = queues.get_queue_url(QueueName=name)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=upload_queue, AttributeNames=["QueueArn"])
    # moto's CloudFormation leaves a bucket's notifications out.
    wanted = resources["PhotosBucket"]["Properties"]["NotificationConfiguration"]
    boto3.client("s3").put_bucket_notification_configuration(
        Bucket=outputs["PhotosBucketName"],
        NotificationConfiguration={
            "QueueConfigurations": [
                {"QueueArn": arn["Attributes"]["QueueArn"], "Events": [one["Event"]]}
                for one in wanted["QueueConfigurations"]
            ]
        },
    )
    dead = outputs["DeadLetterQueueUrl"].rsplit("/", 1)[1]
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    test = user("test", {"Version": "2012-10-17", "Statement": [everything]})
    function = user("function", function_rights())
    print(
        json.dumps(
            {
                "photos": outputs["PhotosBucketName"],
                "output": outputs["OutputBucketName"],
                "upload_queue": upload_queue,
                "dead_letters": queues.get_queue_url(QueueName=dead)["QueueUrl"],
                "batch_size": source["BatchSize"],
                "test": test,
                "function": function,
            }
        )
    )
    # As text: of a form, moto sees nothing.
    headers = {"Content-Type": "text/plain"}
    urllib.request.urlopen(
        urllib.request.Request(endpoint + "/moto-api/reset-auth", data=b"0", headers=headers)
    )


main(*sys.argv[1:])
