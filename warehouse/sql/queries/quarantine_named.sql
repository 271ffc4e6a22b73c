-- Rows of the quarantine whose id begins so. Parameter: prefix.
select * from quarantine where starts_with(id, $prefix) order by id
