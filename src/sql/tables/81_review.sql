-- Auditors, and when users last saw objects.
PERFORM kroles.make_review_tables();
