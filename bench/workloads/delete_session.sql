-- DELETE /api/session/{id}
-- $1: sessions.id
DELETE FROM sessions WHERE sessions.id = $1
