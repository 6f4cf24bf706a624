-- The last test: the others have dropped what they made, so none can meet what another one has left.
--
-- Seen red: a function that a test of counts had not dropped, which another test then could not create.
SELECT kind, name FROM (
	SELECT 'role' AS kind, rolname::text AS name FROM pg_roles WHERE oid >= 16384
	UNION ALL SELECT 'extension', extname FROM pg_extension WHERE oid >= 16384
	UNION ALL SELECT 'schema', nspname FROM pg_namespace WHERE oid >= 16384 AND nspname !~ '^pg_(toast_)?temp_'
	UNION ALL SELECT 'relation', oid::regclass::text FROM pg_class WHERE oid >= 16384 AND relpersistence <> 't' AND relkind NOT IN ('i', 't')
	UNION ALL SELECT 'function', oid::regprocedure::text FROM pg_proc WHERE oid >= 16384
	UNION ALL SELECT 'type', oid::regtype::text FROM pg_type WHERE oid >= 16384 AND typrelid = 0 AND typelem = 0
	UNION ALL SELECT 'operator', oid::regoperator::text FROM pg_operator WHERE oid >= 16384
	UNION ALL SELECT 'server', srvname FROM pg_foreign_server WHERE oid >= 16384
	UNION ALL SELECT 'event trigger', evtname FROM pg_event_trigger WHERE oid >= 16384
) AS remains ORDER BY kind, name;
