-- An evening as a message tells it: a row a followed index of each judged market, with the market's verdict, the columns of
-- market_wrap (null without a close), the symbols of the members that it names, what was dealt in its members, and the row of
-- the whole market (a struct; null where none may leave this machine).
-- Parameters: day, market (null for both), shared (vendors whose figures may leave this machine).
with judged as (
    select i.index_symbol, i.index_code, i.name as index_name, i.name_zh as index_name_zh,
        i.name_zh_hans as index_name_zh_hans, i.launched_on, i.currency,
        s.market as of_market, s.trade_date as session, s.state as session_state, s.expected, s.received,
        s.reason as session_reason, s.reason_zh as session_reason_zh, s.reason_zh_hans as session_reason_zh_hans
    from session_status as s
    join indices as i on i.market = s.market and i.role = 'followed' and s.trade_date >= coalesce(i.launched_on, s.trade_date)
    where s.trade_date = cast($day as date) and s.state in ('complete', 'partial')
        and ($market is null or s.market = $market)
),
named as (
    select
        index_symbol,
        list(symbol order by rank) filter (where side = 'gainer') as leaders_symbol,
        list(symbol order by rank) filter (where side = 'loser') as laggards_symbol
    from top_movers
    where trade_date = cast($day as date) and rank <= 3 and not resumed
    group by index_symbol
),
-- The official amount of an index counts only when no member that was open is without one.
dealt as (
    select
        m.index_symbol,
        case when count(*) filter (where m.state <> 'suspended' and o.turnover is null) = 0
            then round(sum(o.turnover))
        end as turnover_official
    from members_of_day as m
    left join official_prices as o
        on o.symbol = m.symbol and o.trade_date = m.trade_date and o.currency = m.currency
        and list_contains(cast($shared as varchar[]), o.source)
    where m.trade_date = cast($day as date)
    group by m.index_symbol
),
whole_markets as (
    select market, b as whole_market
    from (
        select w.*, s.kind as session_kind
        from market_breadth as w
        join sessions as s on s.market = w.market and s.trade_date = w.trade_date
        where w.trade_date = cast($day as date) and list_contains(cast($shared as varchar[]), w.source)
    ) as b
    qualify row_number() over (partition by market order by source) = 1
),
final as (
    select
        j.*,
        w.* exclude (index_symbol, index_code, launched_on),
        n.leaders_symbol,
        n.laggards_symbol,
        d.turnover_official,
        b.turnover_estimate,
        k.whole_market
    from judged as j
    left join market_wrap as w on w.index_symbol = j.index_symbol and w.trade_date = j.session
    left join named as n on n.index_symbol = j.index_symbol
    left join dealt as d on d.index_symbol = j.index_symbol
    left join breadth as b on b.index_symbol = j.index_symbol and b.trade_date = j.session
    left join whole_markets as k on k.market = j.of_market
)
select * from final order by of_market desc, launched_on, index_symbol desc
