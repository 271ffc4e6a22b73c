-- Files of the user that the last build could not take, and why.
select file, reason from base.left_out order by file;
