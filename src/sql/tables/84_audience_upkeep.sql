CREATE TRIGGER "~audience" BEFORE INSERT OR UPDATE ON kroles.media FOR EACH ROW EXECUTE FUNCTION kroles.maintain_audience();
