"""Metrics as lines in the log, in CloudWatch's embedded metric format."""

NAMESPACE = "recgate"
SERVICE = "recgate"


def measure(name: str, unit: str, value: float, **dimensions: str) -> None:
    """Print one figure; Lambda's log makes a metric of it. ``unit`` is CloudWatch's word."""
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    with single_metric(
        name=name,
        unit=MetricUnit(unit),
        value=value,
        namespace=NAMESPACE,
        default_dimensions={"service": SERVICE},
    ) as metric:
        for dimension, word in dimensions.items():
            metric.add_dimension(name=dimension, value=word)
