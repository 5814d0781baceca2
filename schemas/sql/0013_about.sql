-- What a post of another server says besides its text: title, times and place of an event, how long
-- a film is, where its own readers go. NULL for most posts. fedinet.vocab.about.About as JSON.
-- Takes a short lock on posts and no time: a column without a default. The previous release
-- neither reads nor writes it.
ALTER TABLE posts ADD COLUMN about jsonb;
