-- Finding people to add.

CREATE INDEX users_name_begins ON kroles.users (left(lower(name), 100) text_pattern_ops);
CREATE INDEX users_email_begins ON kroles.users (left(lower(email), 100) text_pattern_ops);
CREATE INDEX users_login_begins ON kroles.users (left(lower(login), 100) text_pattern_ops);
CREATE INDEX groups_name_begins ON kroles.groups (left(lower(name), 100) text_pattern_ops);
