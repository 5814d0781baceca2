-- 0023b: queues that run empty keep their pages
--
-- A queue is empty most of the time. Once VACUUM had cut off its last page, PostgreSQL took it for a
-- table without rows, and planned to read it from end to end; a process kept such a plan while the
-- queue grew. The claim of a batch from 20,000 waiting activities took 1.2 s of CPU, not 3 ms.
-- Instant. The previous release gains by it too.

ALTER TABLE inbound_queue SET (vacuum_truncate = off);
ALTER TABLE deliveries SET (vacuum_truncate = off);
ALTER TABLE signals SET (vacuum_truncate = off);
ALTER TABLE jobs SET (vacuum_truncate = off);
