
-- The site: all roles read the rules, administrators change them. Only roles that bypass row-level security write keys and
-- gateways.
CREATE POLICY read ON kroles.rights FOR SELECT USING (true);
