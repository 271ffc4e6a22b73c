-- Members of each followed index that rose or fell, on each session. Members are those of the session itself; a suspended
-- member takes no part.
create view base.moves as
select
    m.index_symbol,
    p.*,
    base.turnover_estimate(p.volume, p.high, p.low, p.close) as turnover_estimate,
    case when p.return_1d > 0 then 'gainer' when p.return_1d < 0 then 'loser' end as side
from base.prices as p
join base.member_spells as m
    on m.symbol = p.symbol
    and m.first_day <= p.trade_date
    and m.end_day > p.trade_date
where p.return_1d <> 0;

-- The best and worst of them first; one that has just resumed is ranked apart from the others.
create view top_movers as
with ranked as (
    select
        *,
        row_number() over (
            partition by index_symbol, trade_date, side, resumed
            order by abs(return_1d) desc, turnover_estimate desc, symbol
        ) as rank
    from base.moves
),
final as (
    select
        r.index_symbol,
        r.trade_date,
        r.side,
        r.rank,
        r.symbol,
        n.name,
        r.close,
        r.reference_price,
        r.return_1d,
        -- Who has just resumed moved over more than the index's one day.
        case when not r.resumed then round(r.return_1d - i.return_1d, 12) end as excess_return,
        cast(r.ex as varchar) as ex,
        r.resumed,
        cast(r.limit_state as varchar) as limit_state,
        r.volume,
        r.turnover_estimate,
        r.currency,
        r.source
    from ranked as r
    left join base.dated_names as n on n.symbol = r.symbol and n.valid_from = r.named_from
    left join base.index_returns as i on i.index_symbol = r.index_symbol and i.trade_date = r.trade_date
)
select * from final order by trade_date, index_symbol, side, resumed, rank;

comment on view top_movers is 'One row a member that rose or fell, ranked within its index, day and side; resumed members are ranked apart.';
comment on column top_movers.index_symbol is 'Vendor symbol of the index.';
comment on column top_movers.trade_date is 'Local date of the session.';
comment on column top_movers.side is 'gainer (return above zero) or loser (below).';
comment on column top_movers.rank is '1 for the largest move of its side; ties by turnover_estimate, then symbol. Resumed members have a ranking of their own.';
comment on column top_movers.symbol is 'Vendor symbol of the member.';
comment on column top_movers.name is 'Name of the member.';
comment on column top_movers.close is 'Closing price, as traded, in `currency`.';
comment on column top_movers.reference_price is 'What the return is measured from; see prices.';
comment on column top_movers.return_1d is 'One-day return as the market quotes it, a fraction.';
comment on column top_movers.excess_return is 'return_1d less the index''s own, a fraction; null where resumed, for that move is not of one day.';
comment on column top_movers.ex is 'XD, XR or DR; see prices.';
comment on column top_movers.resumed is 'True on the first traded day after a suspension.';
comment on column top_movers.limit_state is 'Daily price limit touched or closed at; null while it is not known.';
comment on column top_movers.volume is 'Shares traded.';
comment on column top_movers.turnover_estimate is 'volume x (high + low + close) / 3, in `currency`: an estimate, the vendor gives no amounts.';
comment on column top_movers.currency is 'Currency of prices and turnover.';
comment on column top_movers.source is 'Who said so; simulated means invented prices of the demonstration market.';
