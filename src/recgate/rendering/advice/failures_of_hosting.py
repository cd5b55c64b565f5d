"""Reasons for which the container of an endpoint does not come up: image, model data, start.

Each entry rests on its source; the words are ours.
"""

from recgate.rendering.advice.failure_reason import (
    ENDPOINT_FAILS,
    GUIDE,
    TROUBLESHOOTING,
    KnownReason,
)

OF_HOSTING = (
    KnownReason(
        id="wrong-architecture",
        title="the image is built for another processor",
        pattern=(
            r"exec(?:_user_process)? format error|no matching manifest"
            r"|image.{0,80}architecture|architecture.{0,60}(?:not supported|unsupported|mismatch)"
            r"|unsupported .{0,20}architecture"
        ),
        cause=(
            "The container image is built for another processor than the instance has: x86-64 "
            "instead of arm64 (Graviton: c6g, c7g, m7g …), or the reverse."
        ),
        next_steps=(
            "Build the image for the instance's architecture (docker build --platform), or for "
            "both.",
            "Or take the instance types of the other architecture out of the job.",
        ),
        source=f"{GUIDE}your-algorithms-inference-code.html",
        example=(
            "CannotStartContainerError: exec /usr/local/bin/serve: exec format error for variant "
            "AllTraffic"
        ),
    ),
    KnownReason(
        id="container-does-not-start",
        title="the container could not be started",
        pattern=r"CannotStartContainer|ensure the model container.{0,120}starts correctly",
        cause="The container could not be started: its entry point is missing or cannot be run.",
        next_steps=(
            "Start it as SageMaker does: docker run IMAGE serve.",
            "Check that the image has an executable named serve, or an ENTRYPOINT.",
        ),
        source=ENDPOINT_FAILS,
        example=(
            "CannotStartContainerError. Please ensure the model container for variant AllTraffic "
            "starts correctly when invoked with 'docker run <image> serve'"
        ),
    ),
    KnownReason(
        id="image-denied",
        title="the role may not pull the image",
        pattern=(
            r"\becr:[a-z]{1,40}"
            r"|\bECR\b.{0,160}(?:denied|not authorized|permission|forbidden)"
            r"|(?:denied|not authorized|forbidden).{0,160}\becr\b"
        ),
        cause="The job's role, or the image's repository, does not allow the image to be pulled.",
        next_steps=(
            "Give the role ecr:BatchGetImage, ecr:GetDownloadUrlForLayer, "
            "ecr:BatchCheckLayerAvailability, ecr:GetAuthorizationToken.",
            "For an image of another account, allow this account in the repository's policy.",
        ),
        source=ENDPOINT_FAILS,
        example=(
            "ClientError: arn:aws:sts::111122223333:assumed-role/ir-role/SageMaker is not "
            "authorized to perform: ecr:BatchGetImage on repository/summarizer"
        ),
    ),
    KnownReason(
        id="image-not-found",
        title="the image does not exist in ECR",
        pattern=(
            r"\bimages? .{0,300}(?:does not exist|do not exist|not found|exist, and)"
            r"|RepositoryNotFound|ImageNotFound|manifest unknown|CannotPullContainer"
        ),
        cause="The container image does not exist in ECR, or the role cannot see it.",
        next_steps=(
            "Check the image's account, region, repository and tag in the model package.",
            "Check that the job's role may pull it.",
        ),
        source=ENDPOINT_FAILS,
        example=(
            "Please make sure all images included in the model for the production variant "
            "AllTraffic exist, and that the execution role used to create the model has "
            "permissions to access them."
        ),
    ),
    KnownReason(
        id="model-data-not-extracted",
        title="the model data cannot be unpacked",
        pattern=r"failed to extract model data",
        cause=(
            "The model data in S3 is no gzip-compressed tar archive that can be unpacked, or does "
            "not fit on the volume."
        ),
        next_steps=(
            "Unpack it yourself (tar -xzf model.tar.gz) and pack it again if that fails.",
            "Check that ModelDataUrl names the .tar.gz object, and that its files have no odd "
            "owners or links.",
        ),
        source=ENDPOINT_FAILS,
        example=(
            'Failed to extract model data archive for container "container_1" from URL '
            '"s3://models/fraud/model.tar.gz". Please ensure that the object located at the URL is '
            "a valid tar.gz archive."
        ),
    ),
    KnownReason(
        id="model-data-not-downloaded",
        title="the model data cannot be read from S3",
        pattern=(
            r"failed to download model data|could not (?:find|access|download) model data"
            r"|access denied to model data|ensure that there is an object located at the URL"
        ),
        cause="The model data is not at the S3 address of the model, or the role may not read it.",
        next_steps=(
            "Check that the object of ModelDataUrl exists, in a bucket of the job's region.",
            "Give the job's role s3:GetObject on it, and kms:Decrypt if it is encrypted with a key "
            "of yours.",
        ),
        source=ENDPOINT_FAILS,
        example=(
            'Failed to download model data for container "container_1" from URL: '
            '"s3://models/fraud/model.tar.gz". Please ensure that there is an object located at '
            "the URL and that the role passed to CreateModel has permissions to download the "
            "object."
        ),
    ),
    KnownReason(
        id="bucket-denied",
        title="the role may not read a bucket",
        pattern=(
            r"\bs3:[a-z]{1,40}\b|NoSuchBucket|NoSuchKey"
            r"|(?:access ?denied|forbidden|not authorized).{0,200}\bs3\b"
            r"|\bs3\b.{0,200}(?:access ?denied|forbidden|not authorized|does not exist|not found)"
        ),
        cause="The job's role may not read a bucket that the job needs, or the object is gone.",
        next_steps=(
            "Give the job's role s3:GetObject and s3:ListBucket on the buckets of the model and "
            "of the sample payload.",
            "Check that both objects exist, and that the buckets' policies allow the role.",
        ),
        source=TROUBLESHOOTING,
        example=(
            "AccessDenied when calling the GetObject operation: Access Denied for "
            "s3://payloads/fraud/payload.tar.gz"
        ),
    ),
    KnownReason(
        id="disk-full",
        title="the instance's volume is too small",
        pattern=r"no space left on device|(?:disk|volume).{0,40}(?:is full|too small)",
        cause="The instance's volume is too small for the image, the model data or what it writes.",
        next_steps=(
            "Benchmark instance types with more storage, or make image and model data smaller.",
        ),
        source=f"{GUIDE}host-instance-storage.html",
        example="OSError: [Errno 28] No space left on device: '/opt/ml/model/weights.bin'",
    ),
    KnownReason(
        id="out-of-memory",
        title="the model does not fit into memory",
        pattern=(
            r"out ?of ?memory|\bOOM|\bMemoryError\b|cannot allocate memory"
            r"|exit(?:ed)? (?:with )?(?:code|status) 137"
        ),
        cause="The model does not fit into the memory of the instance, or of its GPU.",
        next_steps=(
            "Benchmark instance types with more memory (of the GPU: a larger GPU).",
            "Or need less: fewer worker processes, smaller batches, a quantised model.",
        ),
        source=f"{GUIDE}multi-container-troubleshooting.html",
        example=(
            "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; "
            "14.76 GiB total capacity)"
        ),
    ),
    KnownReason(
        id="gpu-driver",
        title="the instance's GPU does not suit the model",
        pattern=(
            r"\bCUDA (?:driver|error|initiali[sz]ation)|failed to initialize NVML|libcuda"
            r"|no (?:CUDA|NVIDIA).{0,40}(?:device|driver|GPU)|found no NVIDIA driver"
        ),
        cause=(
            "The model asks for a GPU that the instance does not have, or for a newer CUDA than "
            "the instance's driver knows."
        ),
        next_steps=(
            "Benchmark GPU instance types only (g5, g6, p4d …), or let the model run on a CPU.",
            "Compare the image's CUDA version with the driver of the instance family.",
        ),
        source=f"{GUIDE}inference-gpu-drivers.html",
        example="RuntimeError: Found no NVIDIA driver on your system.",
    ),
    KnownReason(
        id="health-check",
        title="the container did not pass the ping health check",
        pattern=r"ping health ?check|health ?check.{0,40}(?:failed|not passed|timed? ?out)",
        cause=(
            "The container did not answer GET /ping with 200 in time: it crashed, or was still "
            "loading the model."
        ),
        next_steps=(
            "Read the log streams of the endpoint in CloudWatch: the container says why.",
            "Run the image locally and ask for /ping on port 8080: it has two seconds to answer.",
            "If loading takes long, benchmark larger instances or make the model smaller.",
        ),
        source=ENDPOINT_FAILS,
        example=(
            "The primary container for production variant AllTraffic did not pass the ping health "
            "check. Please check CloudWatch logs for this endpoint."
        ),
    ),
)
"""In the order in which they are tried."""
