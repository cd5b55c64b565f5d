"""Reasons for which AWS gives no instance, address or call for an endpoint.

Each entry rests on its source; the words are ours.
"""

from recgate.rendering.advice.failure_reason import (
    ENDPOINT_FAILS,
    GUIDE,
    TROUBLESHOOTING,
    KnownReason,
)

OF_PROVISIONING = (
    KnownReason(
        id="no-capacity",
        title="AWS had no free instance of the type",
        pattern=(
            r"insufficient ?(?:instance)? ?capacity|unable to provision requested ML compute"
            r"|\bcapacity ?error"
        ),
        cause="AWS had no free instance of that type in this region when it was asked for.",
        next_steps=(
            "Start the job again later: capacity comes and goes within minutes or hours.",
            "Or benchmark other instance types beside this one.",
        ),
        source=ENDPOINT_FAILS,
        example=(
            "Unable to provision requested ML compute capacity due to "
            "InsufficientInstanceCapacity error."
        ),
    ),
    KnownReason(
        id="quota",
        title="a quota of the account is used up or zero",
        pattern=(
            r"ResourceLimitExceeded|account-level service limit|LimitExceededException"
            r"|quota.{0,80}(?:exceeded|reached)|(?:exceeded|reached).{0,80}(?:quota|service limit)"
        ),
        cause=(
            "A quota of the account is used up or zero, such as the number of instances of one "
            "type for endpoint usage, so that an endpoint could not be made."
        ),
        next_steps=(
            "Ask for more in Service Quotas: Amazon SageMaker, the instance type, for endpoint "
            "usage.",
            "Or delete endpoints that nobody needs, or take that instance type out of the job.",
            "Start the job again when the quota is raised.",
        ),
        source=TROUBLESHOOTING,
        example=(
            "ResourceLimitExceeded when calling the CreateEndpoint operation: The account-level "
            "service limit 'ml.g5.12xlarge for endpoint usage' is 0 Instances."
        ),
    ),
    KnownReason(
        id="throttled",
        title="too many calls were made at once",
        pattern=r"throttl(?:ing|ed)|rate exceeded|TooManyRequests|RequestLimitExceeded",
        cause="AWS refused calls because too many were made at once in this account and region.",
        next_steps=(
            "Start the job again later, or with a lower ResourceLimit.MaxParallelOfTests.",
            "Run fewer jobs at the same time.",
        ),
        source="https://docs.aws.amazon.com/general/latest/gr/sagemaker.html",
        example="ThrottlingException when calling the CreateEndpoint operation: Rate exceeded",
    ),
    KnownReason(
        id="network",
        title="the VPC does not let an endpoint start",
        pattern=(
            r"(?:subnet|security group|\bVPC\b).{0,120}"
            r"(?:not exist|invalid|not found|not enough|insufficient|no free|unreachable)"
            r"|Invalid(?:Subnet|SecurityGroup|Vpc)|InsufficientFreeAddresses"
            r"|insufficient free addresses"
        ),
        cause=(
            "The VPC that the job was given does not let an endpoint start: a subnet or security "
            "group is gone, or the subnets have no free addresses."
        ),
        next_steps=(
            "Check VpcConfig: subnets with free addresses, security groups of the same VPC.",
            "Check that the VPC reaches S3, ECR and CloudWatch Logs, by VPC endpoints or NAT.",
        ),
        source=f"{GUIDE}host-vpc.html",
        example=(
            "ClientError: The subnet ID 'subnet-0123456789abcdef0' does not exist for VpcConfig"
        ),
    ),
)
"""In the order in which they are tried."""
