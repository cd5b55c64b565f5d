-- What was approved for a model in a time, as it stood at the end of that time.
--
-- Parameters, in this order: the model (the name of its package group, or its own), the day after
-- the last one, the first day; days as '2026-01-01', in UTC.
--
-- The last decision about a job counts: one that was judged again and closed later is not approved.
-- One row for each policy that judged the job, with the configuration that it chose.

WITH statements AS (
    SELECT from_utf8(from_base64(payload)) AS statement
    FROM records
),

decisions AS (
    SELECT
        json_extract_scalar(statement, '$.predicate.link.key') AS decision,
        json_extract_scalar(statement, '$.predicate.link.chain') AS chain,
        CAST(json_extract_scalar(statement, '$.predicate.link.sequence') AS BIGINT) AS sequence,
        json_extract_scalar(statement, '$.predicate.link.stream') AS stream,
        CAST(json_extract_scalar(statement, '$.predicate.link.position') AS BIGINT) AS position,
        json_extract_scalar(statement, '$.predicate.link.recorded_at') AS recorded_at,
        json_extract_scalar(statement, '$.predicate.body.job.name') AS job,
        coalesce(
            regexp_extract(
                json_extract_scalar(statement, '$.predicate.body.job.model_package_arn'),
                ':model-package/([^/]+)',
                1
            ),
            json_extract_scalar(statement, '$.predicate.body.job.model_name')
        ) AS model,
        json_extract_scalar(statement, '$.predicate.body.job.model_package_arn') AS model_package,
        json_extract_scalar(statement, '$.predicate.body.gate') AS gate,
        json_extract(statement, '$.predicate.body.judgements') AS judgements
    FROM statements
    WHERE
        json_extract_scalar(statement, '$.predicate.link.kind') = 'decision'
        AND json_extract_scalar(statement, '$.predicate.link.stream') LIKE 'job:%'
),

standing AS (
    SELECT
        decisions.*,
        row_number() OVER (
            PARTITION BY decisions.stream ORDER BY decisions.position DESC
        ) AS from_the_last
    FROM decisions
    WHERE
        decisions.model = ?
        AND decisions.recorded_at < ?
),

judged AS (
    SELECT
        standing.decision,
        standing.chain,
        standing.sequence,
        standing.recorded_at,
        standing.job,
        standing.model_package,
        json_extract_scalar(made.judgement, '$.policy') AS policy,
        json_extract_scalar(made.judgement, '$.policy_digest') AS policy_digest,
        json_extract_scalar(made.judgement, '$.verdict') AS verdict,
        json_extract_scalar(made.judgement, '$.chosen') AS chosen,
        json_extract(made.judgement, '$.candidates') AS candidates
    FROM standing
    CROSS JOIN UNNEST(CAST(standing.judgements AS ARRAY(JSON))) AS made (judgement)
    WHERE
        standing.from_the_last = 1
        AND standing.gate = 'open'
        AND standing.recorded_at >= ?
),

measured AS (
    SELECT
        judged.decision,
        judged.policy,
        json_extract_scalar(one.candidate, '$.recommendation_id') AS recommendation,
        json_extract_scalar(one.candidate, '$.instance_type') AS instance_type,
        json_extract_scalar(one.candidate, '$.instance_count') AS instance_count,
        json_extract_scalar(one.candidate, '$.readings.cost_per_hour_usd.value') AS usd_per_hour,
        json_extract_scalar(one.candidate, '$.readings.latency_p99_ms.value') AS p99_ms
    FROM judged
    CROSS JOIN UNNEST(CAST(judged.candidates AS ARRAY(JSON))) AS one (candidate)
)

SELECT
    judged.recorded_at,
    judged.job,
    judged.model_package,
    judged.policy,
    judged.policy_digest,
    judged.verdict,
    judged.chosen AS recommendation,
    measured.instance_type,
    measured.instance_count,
    measured.usd_per_hour,
    measured.p99_ms,
    judged.decision,
    judged.chain,
    judged.sequence
FROM judged
LEFT JOIN measured
    ON
        judged.decision = measured.decision
        AND judged.policy = measured.policy
        AND judged.chosen = measured.recommendation
ORDER BY judged.recorded_at, judged.job, judged.policy
