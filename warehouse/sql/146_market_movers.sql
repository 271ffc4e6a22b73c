-- Every equity of a market that rose or fell, and the most active by money.
create view market_movers as
with moves as (
    select p.*, f.turnover_floor, coalesce(p.turnover >= f.turnover_floor, false) as is_ranked
    from base.official_prices as p
    join base.market_breadth as b on b.market = p.market and b.trade_date = p.trade_date and b.source = p.source
    join base.turnover_floors as f on f.market = p.market
    where p.kind in ('share', 'REIT', 'stapled unit', 'depositary receipt') and p.state = 'traded' and p.doubt is null
),
sided as (
    -- A line in its first five sessions is no mover.
    select *, case when return_1d > 0 then 'gainer' else 'loser' end as side, abs(return_1d) as size
    from moves
    where return_1d <> 0 and listing_session is null
    union all by name
    -- Money of two currencies has no order.
    select m.*, 'most active' as side, m.turnover as size
    from moves as m
    join base.markets as k on k.market = m.market and k.currency is not distinct from m.currency
    where m.turnover > 0
),
final as (
    select
        market,
        trade_date,
        side,
        case when is_ranked then
            row_number() over (
                partition by market, trade_date, side, is_ranked, resumed and side <> 'most active'
                order by size desc, turnover desc, symbol
            )
        end as rank,
        symbol,
        name,
        kind,
        close,
        previous_close,
        return_1d,
        volume,
        turnover,
        turnover_floor,
        currency,
        is_st,
        limit_state,
        resumed,
        source
    from sided
)
select * from final order by trade_date, market, side, resumed, rank nulls last, symbol;

comment on view market_movers is 'One row an equity that rose or fell, and once more as one that was dealt in, ranked within its market, day and side; lines that have just resumed are ranked apart, those in their first five sessions are no movers, and those under the floor of turnover have no rank. For your own use, as official_prices.';
comment on column market_movers.market is 'HK or CN.';
comment on column market_movers.trade_date is 'Local date of the session.';
comment on column market_movers.side is 'gainer (return above zero), loser (below), most active (by turnover, of the lines in the market''s currency).';
comment on column market_movers.rank is '1 for the largest of its side; ties by turnover, then symbol; null for a turnover under turnover_floor. Resumed gainers and losers have a ranking of their own.';
comment on column market_movers.symbol is 'Ours, for example 0700.HK, 600519.SS.';
comment on column market_movers.name is 'Short name of that day as printed; where none is, ours.';
comment on column market_movers.kind is 'As in official_prices.';
comment on column market_movers.close is 'Closing price, in `currency`.';
comment on column market_movers.previous_close is 'As printed.';
comment on column market_movers.return_1d is 'One-day return, a fraction; see official_prices.';
comment on column market_movers.volume is 'Shares.';
comment on column market_movers.turnover is 'Money, in `currency`.';
comment on column market_movers.turnover_floor is 'Turnover from which on a line is ranked, in its currency (turnover_floors.csv).';
comment on column market_movers.currency is 'Currency of the line.';
comment on column market_movers.is_st is 'Under risk warning; null where there is no such thing.';
comment on column market_movers.limit_state is 'Daily price limit closed at or touched, on the mainland.';
comment on column market_movers.resumed is 'True on the first traded day after a suspension or halt.';
comment on column market_movers.source is 'The official source.';
