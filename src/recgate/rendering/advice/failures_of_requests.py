"""Reasons for which a job fails before anything is benchmarked: what was asked for, and by whom.

Each entry rests on its source; the words are ours.
"""

from recgate.rendering.advice.failure_reason import API, GUIDE, TROUBLESHOOTING, KnownReason

OF_REQUESTS = (
    KnownReason(
        id="domain-missing",
        title="the model package has no Domain",
        pattern=r"\bdomain is a (?:mandatory|required)|specify .{0,3}domain\b",
        cause="The model package version does not say what the model is for: its Domain is empty.",
        next_steps=(
            "Register a new version of the model package with a Domain, OTHER if none fits.",
            "Start the job again with that version.",
        ),
        source=TROUBLESHOOTING,
        example=(
            "Specify Domain in the Model Package version 1. Domain is a mandatory parameter for "
            "the job."
        ),
    ),
    KnownReason(
        id="framework-missing",
        title="the model package has no Framework",
        pattern=(
            r"\bframework(?:version)? is a (?:mandatory|required)"
            r"|specify .{0,3}framework(?:version)?\b"
        ),
        cause="The model package version does not say which framework the model is made with.",
        next_steps=(
            "Register a new version of the model package with a Framework, OTHER if none fits.",
            "Start the job again with that version.",
        ),
        source=TROUBLESHOOTING,
        example=(
            "Specify Framework in the Model Package version 1. Framework is a mandatory parameter "
            "for the job."
        ),
    ),
    KnownReason(
        id="phases-do-not-join",
        title="two phases of the traffic do not join",
        pattern=r"users at (?:the )?end of (?:the )?prev(?:ious)? phase",
        cause=(
            "Two phases of the traffic pattern do not join: a phase must begin with as many users "
            "as the one before it ended with, or at most 3 more or fewer."
        ),
        next_steps=(
            "Set InitialNumberOfUsers of the later phase to what InitialNumberOfUsers, SpawnRate "
            "and DurationInSeconds of the earlier one end with.",
            "Start the job again.",
        ),
        source=TROUBLESHOOTING,
        example="Users at the end of prev phase is 0 while initial users of current phase is 1.",
    ),
    KnownReason(
        id="traffic-too-long",
        title="the traffic takes longer than the job may run",
        pattern=r"traffic duration.{0,80}job duration",
        cause="The phases of the traffic pattern take longer together than the job may run.",
        next_steps=(
            "Shorten DurationInSeconds of the phases, or raise JobDurationInSeconds (18,000 "
            "seconds at most).",
            "Start the job again.",
        ),
        source=TROUBLESHOOTING,
        example=(
            "Total Traffic duration (across all phases) should not be more than job duration."
        ),
    ),
    KnownReason(
        id="burstable-instance",
        title="burstable instance types are not benchmarked",
        pattern=r"burstable instance|\bml\.t[0-9][a-z]{0,2}\.[a-z0-9]{1,12} .{0,40}not allowed",
        cause=(
            "Burstable instance types (ml.t2) are not benchmarked, because their performance "
            "changes from one moment to the next."
        ),
        next_steps=(
            "Take the ml.t types out of EndpointConfigurations and of the model package's "
            "supported instance types.",
            "Start the job again.",
        ),
        source=TROUBLESHOOTING,
        example="Burstable instance type ml.t2.medium is not allowed.",
    ),
    KnownReason(
        id="instance-type-not-supported",
        title="an instance type is not supported",
        pattern=(
            r"instance type.{0,80}(?:is |are )?(?:not supported|unsupported|not available|invalid)"
            r"|(?:unsupported|invalid) instance type"
        ),
        cause=(
            "An instance type that the job asked for is not supported: by the model package, by "
            "the job, or in this region."
        ),
        next_steps=(
            "Compare the job's instance types with the model package's supported ones, and with "
            "those that the region has.",
            "Start the job again without that type.",
        ),
        source=f"{API}API_RecommendationJobContainerConfig.html",
        example="ValidationException: Instance type ml.p5.48xlarge is not supported in this region",
    ),
    KnownReason(
        id="job-too-long",
        title="the job ran for as long as it may",
        pattern=(
            r"(?:exceed(?:ed|s)?|reached|longer than|hit).{0,40}"
            r"(?:max(?:imum)? .{0,20}(?:duration|run ?time)|JobDurationInSeconds|job duration)"
        ),
        cause="The job ran for as long as it may, and its benchmarks were not done.",
        next_steps=(
            "Raise JobDurationInSeconds (18,000 seconds at most), or benchmark fewer instance "
            "types.",
            "Raise ResourceLimit.MaxParallelOfTests so that more benchmarks run side by side.",
        ),
        source=f"{API}API_RecommendationJobInputConfig.html",
        example="The job exceeded the maximum duration of 7200 seconds before all tests completed.",
    ),
    KnownReason(
        id="model-not-found",
        title="the model does not exist in this region",
        pattern=(
            r"could not find model\b|model ?package.{0,160}(?:does not exist|not found)"
            r"|model .{0,100}does not exist"
        ),
        cause="The model or model package that the job names does not exist in this region.",
        next_steps=(
            "Check ModelPackageVersionArn or ModelName of the job: name, version, region, account.",
            "Start the job again.",
        ),
        source=f"{GUIDE}instance-recommendation-create.html",
        example=(
            "ValidationException: Could not find model "
            '"arn:aws:sagemaker:eu-west-1:111122223333:model/fraud-ranker-v14".'
        ),
    ),
    KnownReason(
        id="key-denied",
        title="the role may not use the KMS key",
        pattern=(
            r"\bkms:[a-z]{1,40}|\bKMS[a-z]{1,40}Exception"
            r"|\bkms\b.{0,120}(?:denied|not authorized|permission|disabled|not exist)"
        ),
        cause=(
            "The job's role may not use the KMS key that encrypts the endpoints' volumes or the "
            "model data, or the key is disabled."
        ),
        next_steps=(
            "Give the job's role kms:CreateGrant and kms:Decrypt on that key, in the role's policy "
            "and in the key's.",
            "Start the job again.",
        ),
        source=f"{API}API_RecommendationJobInputConfig.html",
        example=(
            "ClientError: User: arn:aws:sts::111122223333:assumed-role/ir-role/SageMaker is not "
            "authorized to perform: kms:CreateGrant on this resource"
        ),
    ),
    KnownReason(
        id="role-not-assumable",
        title="SageMaker may not assume the job's role",
        pattern=(
            r"AWSSecurityTokenServiceException|sts:AssumeRole"
            r"|role.{0,200}(?:cannot|could not|can't) be assumed"
            r"|(?:could not|cannot|unable to|failed to) assume .{0,20}role"
        ),
        cause="SageMaker may not assume the role that the job was given, or the role is gone.",
        next_steps=(
            "Check that the role exists and that its trust policy names sagemaker.amazonaws.com.",
            "Attach AmazonSageMakerFullAccess to it, or what of that the job needs.",
        ),
        source=TROUBLESHOOTING,
        example=(
            "Provided role ARN arn:aws:iam::111122223333:role/ir-role cannot be assumed: "
            "AWSSecurityTokenServiceException"
        ),
    ),
    KnownReason(
        id="not-subscribed",
        title="the account has not subscribed to the model package",
        pattern=r"not subscribed|marketplace.{0,80}subscri",
        cause="The model package is sold on AWS Marketplace, and the account has not subscribed.",
        next_steps=(
            "Subscribe to the product in AWS Marketplace from this account.",
            "Start the job again.",
        ),
        source=f"{GUIDE}sagemaker-mkt-find-subscribe.html",
        example=(
            "ValidationException: Account 111122223333 is not subscribed to the ModelPackage "
            "summarizer-pro"
        ),
    ),
)
"""In the order in which they are tried."""
