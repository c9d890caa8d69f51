-- Everybody tries everything in the world as it is.
SELECT FROM answer_everything();
SELECT FROM plan_asking(), plan_answers(), plan_withdrawals(), plan_lists();
SET SESSION AUTHORIZATION regress_kroles_model;
SELECT FROM carry_out_all();
SELECT FROM list_joinable();
RESET SESSION AUTHORIZATION;
RESET kroles."user";
SELECT FROM compare_joining(:'part');
SELECT FROM compare_joinable(:'part');
\i :model/lib/report.sql
