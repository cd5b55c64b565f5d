-- How many jobs got which verdict by which policy in each month, and what the approved ones cost.
--
-- The last decision about a job counts, in the month in which it was made: a job that was judged
-- three times is one job. A job that several policies judged is in a row of each.
-- usd_per_hour is the sum of the prices of the configurations that were chosen, as SageMaker told
-- them; jobs without a chosen configuration or without a price are left out of it.

WITH statements AS (
    SELECT from_utf8(from_base64(payload)) AS statement
    FROM records
),

decisions AS (
    SELECT
        json_extract_scalar(statement, '$.predicate.link.key') AS decision,
        json_extract_scalar(statement, '$.predicate.link.stream') AS stream,
        substr(json_extract_scalar(statement, '$.predicate.link.recorded_at'), 1, 7) AS month,
        json_extract(statement, '$.predicate.body.judgements') AS judgements,
        row_number() OVER (
            PARTITION BY json_extract_scalar(statement, '$.predicate.link.stream')
            ORDER BY CAST(json_extract_scalar(statement, '$.predicate.link.position') AS BIGINT) DESC
        ) AS from_the_last
    FROM statements
    WHERE
        json_extract_scalar(statement, '$.predicate.link.kind') = 'decision'
        AND json_extract_scalar(statement, '$.predicate.link.stream') LIKE 'job:%'
),

judged AS (
    SELECT
        decisions.decision,
        decisions.month,
        json_extract_scalar(made.judgement, '$.policy') AS policy,
        json_extract_scalar(made.judgement, '$.verdict') AS verdict,
        json_extract_scalar(made.judgement, '$.chosen') AS chosen,
        json_extract(made.judgement, '$.candidates') AS candidates
    FROM decisions
    CROSS JOIN UNNEST(CAST(decisions.judgements AS ARRAY(JSON))) AS made (judgement)
    WHERE decisions.from_the_last = 1
),

priced AS (
    SELECT
        judged.decision,
        judged.policy,
        min(
            CAST(
                json_extract_scalar(one.candidate, '$.readings.cost_per_hour_usd.value') AS DOUBLE
            )
        ) AS usd_per_hour
    FROM judged
    CROSS JOIN UNNEST(CAST(judged.candidates AS ARRAY(JSON))) AS one (candidate)
    WHERE json_extract_scalar(one.candidate, '$.recommendation_id') = judged.chosen
    GROUP BY judged.decision, judged.policy
)

SELECT
    judged.month,
    judged.policy,
    judged.verdict,
    count(*) AS jobs,
    round(sum(priced.usd_per_hour), 4) AS usd_per_hour
FROM judged
LEFT JOIN priced
    ON
        judged.decision = priced.decision
        AND judged.policy = priced.policy
GROUP BY judged.month, judged.policy, judged.verdict
ORDER BY judged.month, judged.policy, judged.verdict
