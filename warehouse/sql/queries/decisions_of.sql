-- What was decided about a row, in order. Parameter: id.
select decision, decided_at, decided_by, note, run_id from decisions where id = $id order by decided_at
