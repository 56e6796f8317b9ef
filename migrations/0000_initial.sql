CREATE TABLE `command_key` (
	`key` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`payload_hash` text NOT NULL,
	`answer` text,
	`head_seq` integer NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `command_key_at` ON `command_key` (`at`);--> statement-breakpoint
CREATE TABLE `event` (
	`pos` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`run_id` text NOT NULL,
	`seq` integer NOT NULL,
	`type` text NOT NULL,
	`v` integer NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`cause` text NOT NULL,
	`body` text NOT NULL,
	`prev` text NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `event_run_seq` ON `event` (`run_id`,`seq`);--> statement-breakpoint
CREATE TABLE `snapshot_state` (
	`run_id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`hash` text NOT NULL,
	`fold_version` integer NOT NULL,
	`body` text NOT NULL,
	`body_hash` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `approval` (
	`approval_id` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`status` text NOT NULL,
	`deadline_ms` integer NOT NULL,
	`body` text NOT NULL,
	`created_at` integer NOT NULL,
	`changed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `approval_run` ON `approval` (`run_id`);--> statement-breakpoint
CREATE INDEX `approval_status_deadline` ON `approval` (`status`,`deadline_ms`);--> statement-breakpoint
CREATE TABLE `attempt` (
	`attempt_id` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`step` text NOT NULL,
	`status` text NOT NULL,
	`fence` integer NOT NULL,
	`body` text NOT NULL,
	`created_at` integer NOT NULL,
	`changed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `attempt_run_step` ON `attempt` (`run_id`,`step`);--> statement-breakpoint
CREATE INDEX `attempt_status` ON `attempt` (`status`);--> statement-breakpoint
CREATE TABLE `comment` (
	`comment_id` text NOT NULL,
	`run_id` text NOT NULL,
	`by` text,
	`status` text NOT NULL,
	`body` text NOT NULL,
	`created_at` integer NOT NULL,
	`changed_at` integer NOT NULL,
	PRIMARY KEY(`run_id`, `comment_id`)
);
--> statement-breakpoint
CREATE TABLE `llm_call` (
	`attempt_id` text NOT NULL,
	`call` text NOT NULL,
	`run_id` text NOT NULL,
	`step` text,
	`phase` integer,
	`model` text NOT NULL,
	`tokens` text NOT NULL,
	`micro_usd` integer NOT NULL,
	`price_version` text NOT NULL,
	`outcome` text NOT NULL,
	`corrects` text,
	`superseded` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`attempt_id`, `call`)
);
--> statement-breakpoint
CREATE INDEX `llm_call_run` ON `llm_call` (`run_id`);--> statement-breakpoint
CREATE INDEX `llm_call_at` ON `llm_call` (`at`);--> statement-breakpoint
CREATE TABLE `phase` (
	`run_id` text NOT NULL,
	`phase` integer NOT NULL,
	`status` text NOT NULL,
	`manifest_hash` text,
	`approval_id` text,
	`revisions` integer NOT NULL,
	`created_at` integer NOT NULL,
	`changed_at` integer NOT NULL,
	PRIMARY KEY(`run_id`, `phase`)
);
--> statement-breakpoint
CREATE TABLE `run` (
	`run_id` text PRIMARY KEY NOT NULL,
	`pipeline_id` text NOT NULL,
	`number` integer NOT NULL,
	`name` text NOT NULL,
	`status` text NOT NULL,
	`pauses` text NOT NULL,
	`current_phase` integer,
	`started_by` text,
	`spec_hash` text NOT NULL,
	`spent_micro_usd` integer NOT NULL,
	`spent_tokens` integer NOT NULL,
	`open_approvals` integer NOT NULL,
	`steps` text NOT NULL,
	`failure` text,
	`head_seq` integer NOT NULL,
	`head_hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`changed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `run_name` ON `run` (`name`);--> statement-breakpoint
CREATE UNIQUE INDEX `run_pipeline_number` ON `run` (`pipeline_id`,`number`);--> statement-breakpoint
CREATE INDEX `run_status` ON `run` (`status`);--> statement-breakpoint
CREATE TABLE `step` (
	`run_id` text NOT NULL,
	`key` text NOT NULL,
	`position` integer NOT NULL,
	`status` text NOT NULL,
	`body` text NOT NULL,
	`created_at` integer NOT NULL,
	`changed_at` integer NOT NULL,
	PRIMARY KEY(`run_id`, `key`)
);
--> statement-breakpoint
CREATE TABLE `vote` (
	`approval_id` text NOT NULL,
	`voter` text NOT NULL,
	`run_id` text NOT NULL,
	`body` text NOT NULL,
	`created_at` integer NOT NULL,
	`changed_at` integer NOT NULL,
	PRIMARY KEY(`approval_id`, `voter`)
);
--> statement-breakpoint
CREATE INDEX `vote_run` ON `vote` (`run_id`);--> statement-breakpoint
CREATE TABLE `ledger` (
	`scope` text PRIMARY KEY NOT NULL,
	`cap` integer,
	`spent` integer NOT NULL,
	`held` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `reservation` (
	`attempt_id` text NOT NULL,
	`call` text NOT NULL,
	`scope` text NOT NULL,
	`amount` integer NOT NULL,
	`settled` integer,
	`state` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`attempt_id`, `call`, `scope`)
);
--> statement-breakpoint
CREATE INDEX `reservation_state` ON `reservation` (`state`);--> statement-breakpoint
CREATE TABLE `inbox` (
	`key` text PRIMARY KEY NOT NULL,
	`source` text NOT NULL,
	`body` text,
	`received_at` integer NOT NULL,
	`tries` integer NOT NULL,
	`lease_until` integer NOT NULL,
	`done_at` integer
);
--> statement-breakpoint
CREATE INDEX `inbox_open` ON `inbox` (`done_at`,`received_at`);--> statement-breakpoint
CREATE TABLE `message_index` (
	`target` text NOT NULL,
	`effect_key` text NOT NULL,
	`external_ref` text NOT NULL,
	`revision` integer NOT NULL,
	`hash` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`target`, `effect_key`)
);
--> statement-breakpoint
CREATE INDEX `message_ref` ON `message_index` (`target`,`external_ref`);--> statement-breakpoint
CREATE TABLE `outbox` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`effect_key` text NOT NULL,
	`run_id` text,
	`seq` integer NOT NULL,
	`target` text NOT NULL,
	`lane` text NOT NULL,
	`kind` text NOT NULL,
	`body` text,
	`state` text NOT NULL,
	`tries` integer NOT NULL,
	`created_at` integer NOT NULL,
	`next_at` integer NOT NULL,
	`lease_until` integer,
	`token` text,
	`external_ref` text,
	`last_error` text
);
--> statement-breakpoint
CREATE INDEX `outbox_state_target` ON `outbox` (`state`,`target`,`lane`,`id`);--> statement-breakpoint
CREATE INDEX `outbox_effect` ON `outbox` (`target`,`effect_key`,`state`);--> statement-breakpoint
CREATE TABLE `attempt_beat` (
	`attempt_id` text PRIMARY KEY NOT NULL,
	`fence` integer NOT NULL,
	`lease_until` integer NOT NULL,
	`beat_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `audit` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`run_id` text,
	`actor` text NOT NULL,
	`person` text,
	`on_behalf_of` text,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`attested` text,
	`policy_version` text,
	`evidence` text,
	`detail` text,
	`head_seq` integer NOT NULL,
	`head_hash` text
);
--> statement-breakpoint
CREATE INDEX `audit_run` ON `audit` (`run_id`);--> statement-breakpoint
CREATE INDEX `audit_at` ON `audit` (`at`);--> statement-breakpoint
CREATE TABLE `identity` (
	`kind` text NOT NULL,
	`subject` text NOT NULL,
	`person_id` text NOT NULL,
	PRIMARY KEY(`kind`, `subject`),
	FOREIGN KEY (`person_id`) REFERENCES `person`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `identity_person` ON `identity` (`person_id`);--> statement-breakpoint
CREATE TABLE `manifest` (
	`hash` text PRIMARY KEY NOT NULL,
	`files` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `person` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`roles` text NOT NULL,
	`active` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `pipeline` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`spec` text,
	`created_at` integer NOT NULL,
	`next_run` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `pipeline_name` ON `pipeline` (`name`);--> statement-breakpoint
CREATE TABLE `setting` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL,
	`changed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `worker` (
	`id` integer PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`host` text NOT NULL,
	`pid` integer NOT NULL,
	`since` integer NOT NULL,
	`fence` integer NOT NULL,
	`beat_at` integer NOT NULL
);
