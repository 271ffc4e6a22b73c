-- The verdict that was last said of a session up to a moment, and when it was first said. Parameters: market, day, moment.
select
    json_extract_string(said, '$.state') as state,
    json_extract_string(said, '$.reason') as reason,
    published_at,
    run_id
from published
where market = $market and trade_date = cast($day as date) and kind = 'session_status'
    and published_at <= cast($moment as timestamptz)
order by published_at desc
limit 1
