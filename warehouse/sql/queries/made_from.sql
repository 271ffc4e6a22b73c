-- The lake that the database was made from, by its name, and the commit that it was at.
select lake, "commit" from base.build
