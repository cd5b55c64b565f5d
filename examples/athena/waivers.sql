-- Every decision that a waiver changed: who asked for it, who approved it, until when it held.
--
-- superseded: the job was judged again later, so this decision is not in force. A waiver that was
-- there and changed nothing is left out.

WITH statements AS (
    SELECT from_utf8(from_base64(payload)) AS statement
    FROM records
),

decisions AS (
    SELECT
        json_extract_scalar(statement, '$.predicate.link.key') AS decision,
        json_extract_scalar(statement, '$.predicate.link.recorded_at') AS recorded_at,
        json_extract_scalar(statement, '$.predicate.body.job.name') AS job,
        json_extract_scalar(statement, '$.predicate.body.gate') AS gate,
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
        decisions.recorded_at,
        decisions.job,
        decisions.gate,
        decisions.from_the_last,
        json_extract_scalar(made.judgement, '$.policy') AS policy,
        json_extract_scalar(made.judgement, '$.verdict') AS verdict,
        json_extract_scalar(made.judgement, '$.verdict_without_waivers') AS without_waivers,
        json_extract(made.judgement, '$.waivers') AS waivers
    FROM decisions
    CROSS JOIN UNNEST(CAST(decisions.judgements AS ARRAY(JSON))) AS made (judgement)
)

SELECT
    judged.recorded_at,
    judged.job,
    judged.policy,
    json_extract_scalar(allowed.waiver, '$.id') AS waiver,
    json_extract_scalar(allowed.waiver, '$.limit') AS limit_name,
    json_extract_scalar(allowed.waiver, '$.up_to') AS up_to,
    json_extract_scalar(allowed.waiver, '$.down_to') AS down_to,
    json_extract_scalar(allowed.waiver, '$.requested_by') AS requested_by,
    json_extract_scalar(allowed.waiver, '$.approved_by') AS approved_by,
    json_extract_scalar(allowed.waiver, '$.expires') AS expires,
    json_extract_scalar(allowed.waiver, '$.reason') AS reason,
    judged.verdict,
    judged.without_waivers,
    judged.gate,
    judged.from_the_last > 1 AS superseded,
    judged.decision
FROM judged
CROSS JOIN UNNEST(CAST(judged.waivers AS ARRAY(JSON))) AS allowed (waiver)
WHERE json_extract_scalar(allowed.waiver, '$.used') = 'true'
ORDER BY judged.recorded_at, judged.job, waiver
