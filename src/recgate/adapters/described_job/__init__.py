"""The raw answer of DescribeInferenceRecommendationsJob, asked for as the AWS CLI asks for it."""
