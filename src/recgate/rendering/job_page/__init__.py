"""A job as a page for people: what SageMaker says of it, in rows and words, and no judgement."""
