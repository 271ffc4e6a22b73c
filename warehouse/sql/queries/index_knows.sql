-- What the index of the pages knows: when anything was last said, as a text.
select coalesce(cast(max(published_at) as varchar), '') as known from base.published
