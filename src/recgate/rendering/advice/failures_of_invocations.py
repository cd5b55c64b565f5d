"""Reasons for which a benchmark fails when the endpoint is invoked, and the most general ones.

Each entry rests on its source; the words are ours.
"""

from recgate.rendering.advice.failure_reason import (
    API,
    ENDPOINT_FAILS,
    GUIDE,
    TROUBLESHOOTING,
    KnownReason,
)

_LOGS = "Read the container's log streams in CloudWatch for the time of the job."

OF_INVOCATIONS = (
    KnownReason(
        id="payload-archive",
        title="the payload archive cannot be unpacked",
        pattern=(
            r"payload.{0,120}(?:archive|tar\b|\.tar|gzip|extract|unpack|decompress|malformed|corrupt)"
            r"|(?:extract|unpack|decompress).{0,80}payload|not (?:a|in) gzip"
        ),
        cause="The archive with the sample payloads cannot be unpacked.",
        next_steps=(
            "Pack the payload files again: tar -czf payload.tar.gz FILES, and test with tar -tzf.",
            "Check that SamplePayloadUrl names that object, and start the job again.",
        ),
        source=f"{API}API_RecommendationJobPayloadConfig.html",
        example=(
            "ClientError: Failed to extract the sample payload s3://payloads/p.tar.gz: file could "
            "not be opened, not a gzip file"
        ),
    ),
    KnownReason(
        id="payload",
        title="the sample payload is of no use",
        pattern=r"PayloadError|sample ?payload.{0,80}(?:empty|invalid|not found|missing)",
        cause=(
            "The sample payload is of no use: it is empty, no file in S3, or of a type that the "
            "model does not take."
        ),
        next_steps=(
            "Send the payload to the model yourself, with the content type that the job names.",
            "Check SamplePayloadUrl and SupportedContentTypes, and start the job again.",
        ),
        source=TROUBLESHOOTING,
        example="PayloadError when calling the InvokeEndpoint operation: the payload is empty",
    ),
    KnownReason(
        id="model-timed-out",
        title="the model did not answer in time",
        pattern=(
            r"timed? ?out.{0,80}(?:container|model|response|invocation|endpoint)"
            r"|(?:container|model|response|invocation|endpoint).{0,80}timed? ?out"
            r"|allotted time"
        ),
        cause=(
            "The model did not answer in time: a container has 60 seconds for a request, and to "
            "start and load the model its own limits."
        ),
        next_steps=(
            "Benchmark faster instance types, or let the model do less for each request.",
            "Take smaller sample payloads, and fewer users in the traffic pattern.",
            _LOGS,
        ),
        source=f"{API}API_runtime_InvokeEndpoint.html",
        example=(
            "ModelError when calling the InvokeEndpoint operation: Received server error (0) from "
            'primary with message "Your invocation timed out while waiting for a response from '
            'container primary."'
        ),
    ),
    KnownReason(
        id="payload-refused",
        title="the model refused the sample payload (HTTP 4xx)",
        pattern=r"received client error \(?4[0-9]{2}",
        cause=(
            "The container refused the sample payload (HTTP 4xx): another content type or format "
            "than it takes."
        ),
        next_steps=(
            "Send the sample payload to the model yourself, with the content type that the job "
            "names.",
            "Correct the payload or SupportedContentTypes, and start the job again.",
            _LOGS,
        ),
        source=TROUBLESHOOTING,
        example=(
            "ModelError when calling the InvokeEndpoint operation: Received client error (415) "
            'from primary with message "Unsupported Media Type"'
        ),
    ),
    KnownReason(
        id="model-crashed",
        title="the model failed on the sample payload (HTTP 5xx)",
        pattern=r"received server error \(?5[0-9]{2}",
        cause="The model failed on the sample payload (HTTP 5xx): its own code raised an error.",
        next_steps=(
            _LOGS,
            "Deploy the model by hand on one instance and send it the sample payload.",
            "Mend the model or the payload, and start the job again.",
        ),
        source=TROUBLESHOOTING,
        example=(
            "ModelError when calling the InvokeEndpoint operation: Received server error (500) "
            'from primary with message "Internal Server Error"'
        ),
    ),
    KnownReason(
        id="model-error",
        title="the model answered the sample payload with an error",
        pattern=r"\bModelError|error.{0,40}InvokeEndpoint|returned 4xx or 5xx",
        cause=(
            "The model answered the sample payload with an error, or not in time: it cannot "
            "process that payload, or not on these instances."
        ),
        next_steps=(
            "Deploy the model by hand and send it the sample payload: it must answer 200.",
            _LOGS,
            "Mend the model, the payload or its content type, and start the job again.",
        ),
        source=TROUBLESHOOTING,
        example=(
            "INVALID_INPUT : 1. Model (owned by the customer in the container) returned 4xx or "
            "5xx error code."
        ),
    ),
    KnownReason(
        id="stopped",
        title="somebody stopped the job while it ran",
        pattern=(
            r"(?:job|benchmarks?|tests?) (?:was|were|has been|have been|is|are) stopped"
            r"|stopped by (?:the |a )?(?:user|customer|caller|request)"
        ),
        cause="Somebody stopped the job while its benchmarks ran; SageMaker did not fail.",
        next_steps=(
            "Start the job again: benchmarks that were stopped give no figures.",
            "CloudTrail tells who called StopInferenceRecommendationsJob.",
        ),
        source=f"{API}API_StopInferenceRecommendationsJob.html",
        example="The benchmark was stopped because the inference recommendations job was stopped.",
    ),
    KnownReason(
        id="denied",
        title="the job's role may not do what the job needs",
        pattern=(
            r"access ?denied|not authorized to perform|UnauthorizedOperation"
            r"|explicit deny|no identity-based policy allows"
        ),
        cause="The job's role may not do something that the job needs; the reason names it.",
        next_steps=(
            "Give the role the action that the reason names, or AmazonSageMakerFullAccess.",
            "If the role has it, look for a deny: service control policy, permissions boundary.",
        ),
        source=f"{GUIDE}inference-recommender-prerequisites.html",
        example=(
            "AccessDeniedException: arn:aws:sts::111122223333:assumed-role/ir-role/SageMaker is "
            "not authorized to perform: sagemaker:CreateEndpointConfig"
        ),
    ),
    KnownReason(
        id="aws-fault",
        title="something failed inside AWS",
        pattern=(
            r"Internal ?(?:Server|Service)? ?(?:Error|Failure|Exception)|InternalDependency"
            r"|Service ?Unavailable"
        ),
        cause="Something failed inside AWS; nothing in the reason points to the model or the job.",
        next_steps=(
            "Start the job again.",
            "If it fails again, look at the AWS Health Dashboard and open a support case.",
        ),
        source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html",
        example="InternalServerError: An internal error occurred. Try again.",
    ),
    KnownReason(
        id="endpoint-failed",
        title="an endpoint could not be made",
        pattern=(
            r"error hosting endpoint|(?:failed to|could not|unable to) create .{0,20}endpoint"
            r"|calling the CreateEndpoint"
        ),
        cause="An endpoint for a benchmark could not be made, and the reason does not say why.",
        next_steps=(
            "Deploy the model by hand on the same instance type: the endpoint then says why.",
            _LOGS,
        ),
        source=ENDPOINT_FAILS,
        example="Error hosting endpoint sm-epc-1b2c3d4e-0000-4000-8000-000000000000: Failed.",
    ),
)
"""In the order in which they are tried; the last are the most general."""
