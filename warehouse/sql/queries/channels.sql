-- How each channel of the digest has stood lately, by the receipts in the lake's own files: the database is older than they.
-- Parameters: files, since.
select
    channel,
    max("at") filter (where state = 'sent') as last_taken,
    count(*) filter (where state <> 'sent') as not_taken,
    list(distinct cast(trade_date as varchar) order by cast(trade_date as varchar)) filter (where state <> 'sent') as sessions,
    arg_max(detail, "at") filter (where state <> 'sent') as detail
from read_parquet($files)
where "at" >= $since
group by channel
order by channel
