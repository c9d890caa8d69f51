CREATE INDEX audit_log_concerned_before ON kroles.audit_log (kroles.concerns(before), id)
    WHERE kroles.concerns(before) IS NOT NULL;
CREATE INDEX audit_log_concerned_after ON kroles.audit_log (kroles.concerns(after), id)
    WHERE kroles.concerns(after) IS NOT NULL;

-- The history of a media includes the events that it was or is a session of.
CREATE INDEX audit_log_sessions ON kroles.audit_log ((coalesce(after, before) ->> 'media_id'), id) WHERE relation = 'kroles.event_sessions';
