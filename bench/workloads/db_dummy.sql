-- GET /db_dummy
SELECT pg_sleep(0.1)
