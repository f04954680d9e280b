-- What a turn that began before a person resumed the source brings home is no new refusal: epochs below this one.
ALTER TABLE source_state ADD COLUMN resumed_epoch bigint NOT NULL DEFAULT 0;
