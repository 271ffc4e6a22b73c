-- Whose rows a warehouse holds, by market; CSI's weights, which a person keeps as a file, too.
select market, source from base.price_versions
union
select market, source from base.index_versions
union
select market, source from base.action_versions
union
select market, source from base.official_versions
union
select market, source from base.opinions
union
select market, source from base.quarantine
union
select i.market, 'csindex'
from base.weights as w
join base.indices as i on i.index_symbol = w.index_symbol
