"""recgate: policy checks and notices for Amazon SageMaker Inference Recommender jobs."""

__version__ = "0.1.0"
