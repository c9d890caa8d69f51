CREATE INDEX audit_log_concerned_before ON kroles.audit_log (kroles.concerns(before), id)
    WHERE kroles.concerns(before) IS NOT NULL;
CREATE INDEX audit_log_concerned_after ON kroles.audit_log (kroles.concerns(after), id)
    WHERE kroles.concerns(after) IS NOT NULL;

-- The history of a media includes the events that it was or is a session of.
CREATE INDEX audit_log_sessions ON kroles.audit_log ((coalesce(after, before) ->> 'media_id'), id) WHERE relation = 'kroles.event_sessions';

-- For questions about an earlier time: the objects' own rows, beside which the log has many of their people; and what is found neither by
-- the object nor by the user or group.
CREATE INDEX audit_log_own_rows ON kroles.audit_log (object_kind, object_id, id) WHERE relation IN ('kroles.spaces', 'kroles.events');
CREATE INDEX audit_log_moved ON kroles.audit_log (relation, id)
    WHERE operation IN ('TRUNCATE', 'TRIM') OR operation = 'UPDATE' AND (before ->> 'media_id' <> after ->> 'media_id'
       OR before ->> 'space_id' <> after ->> 'space_id' OR before ->> 'event_id' <> after ->> 'event_id'
       OR before ->> 'group_id' <> after ->> 'group_id');
