"""Makes the stack of deploy/template.yaml in moto, as far as moto goes: SAM's own translator,
then CloudFormation. Prints as JSON what a host of its functions needs to know of it. From then
on moto asks everybody for their rights: a function has those of its role, the test all."""

import ast
import copy
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
FUNCTION = "AWS::Serverless::Function"
LAYER = "AWS::Serverless::LayerVersion"
# Aliases and CodeDeploy, which decide how a new version comes into service.
UNKNOWN_TO_MOTO = ("AutoPublishAlias", "DeploymentPreference")
# moto makes no HTTP API, and knows no address of it.
OUTPUT_UNKNOWN_TO_MOTO = "PagesUrl"
# moto would answer these itself, without the function.
ANSWERED_BY_MOTO = "SQS"


class NoManagedPolicies:
    def load(self):
        return {}


def parameters(template):
    named = {name: one["Default"] for name, one in template["Parameters"].items() if "Default" in one}
    return named | PARAMETERS


def of_type(template, wanted):
    of = template["Resources"].items()
    return {name: one["Properties"] for name, one in of if one["Type"] == wanted}


def functions(template):
    return of_type(template, FUNCTION)


def made(template):
    """The stack's outputs."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=CODE[0])
    s3.put_object(Bucket=CODE[0], Key=CODE[1], Body=b"PK\x05\x06" + bytes(18))
    for function in functions(template).values():
        function["CodeUri"] = "s3://{}/{}".format(*CODE)
    for layer in of_type(template, LAYER).values():
        layer["ContentUri"] = "s3://{}/{}".format(*CODE)
    # The whole of it is what SAM takes, though moto gets less.
    transform(copy.deepcopy(template), parameters(template), NoManagedPolicies())
    for function in functions(template).values():
        for unknown in UNKNOWN_TO_MOTO:
            function.pop(unknown, None)
        events = function["Events"].items()
        function["Events"] = {n: one for n, one in events if one["Type"] != ANSWERED_BY_MOTO}
    template["Outputs"].pop(OUTPUT_UNKNOWN_TO_MOTO)
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


def statements(function):
    """What a function's role allows, besides the log and the queue that Lambda itself reads."""
    formation = boto3.client("cloudformation")
    made = formation.list_stack_resources(StackName=STACK)["StackResourceSummaries"]
    named = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in made}
    role = named[function + "Role"]
    iam = boto3.client("iam")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policies = [iam.get_role_policy(RoleName=role, PolicyName=one) for one in names]
    # moto spells a document as Python does.
    documents = [ast.literal_eval(policy["PolicyDocument"]) for policy in policies]
    return [one for document in documents for one in document["Statement"]]


def enforced(allowed):
    """To AWS a batch of messages is messages; moto knows a right of its own for it."""
    allowed = copy.deepcopy(allowed)
    for statement in allowed:
        if statement["Action"] == "sqs:SendMessage":
            statement["Action"] = ["sqs:SendMessage", "sqs:SendMessageBatch"]
    return {"Version": "2012-10-17", "Statement": allowed}


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
    names = list(functions(template))
    source = resources["PhotoFunction"]["Properties"]["Events"]["Uploads"]["Properties"]
    outputs = made(template)
    name = outputs["UploadQueueUrl"].rsplit("/", 1)[1]
    if work_queue() != name:
        sys.exit("the functions send their work to {}, and read {}".format(work_queue(), name))
    queues = boto3.client("sqs")
    upload_queue = queues.get_queue_url(QueueName=name)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=upload_queue, AttributeNames=["QueueArn"])
    # moto's CloudFormation leaves a bucket's versions and notifications out.
    for bucket in ("PhotosBucket", "OutputBucket"):
        boto3.client("s3").put_bucket_versioning(
            Bucket=outputs[bucket + "Name"],
            VersioningConfiguration=resources[bucket]["Properties"]["VersioningConfiguration"],
        )
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
    allowed = {name: statements(name) for name in names}
    keys = {name: user(name, enforced(allowed[name])) for name in names}
    print(
        json.dumps(
            {
                "photos": outputs["PhotosBucketName"],
                "output": outputs["OutputBucketName"],
                "upload_queue": upload_queue,
                "upload_queue_arn": arn["Attributes"]["QueueArn"],
                "dead_letters": queues.get_queue_url(QueueName=dead)["QueueUrl"],
                "batch_size": source["BatchSize"],
                "test": test,
                "functions": keys,
                "allowed": allowed,
            }
        )
    )
    # As text: of a form, moto sees nothing.
    headers = {"Content-Type": "text/plain"}
    urllib.request.urlopen(
        urllib.request.Request(endpoint + "/moto-api/reset-auth", data=b"0", headers=headers)
    )


main(*sys.argv[1:])
