-- How many requests are taken of keys and for projects: a second, and at once. Both null leave it to the server's settings;
-- zero a second is any number.
ALTER TABLE projects ADD COLUMN rate_per_second INTEGER;
ALTER TABLE projects ADD COLUMN rate_burst INTEGER;
ALTER TABLE api_keys ADD COLUMN rate_per_second INTEGER;
ALTER TABLE api_keys ADD COLUMN rate_burst INTEGER;
