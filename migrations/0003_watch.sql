CREATE TABLE `alert` (
	`id` text PRIMARY KEY NOT NULL,
	`incident_id` text NOT NULL,
	`fingerprint` text NOT NULL,
	`open` integer NOT NULL,
	`severity` text NOT NULL,
	`kind` text NOT NULL,
	`subject` text NOT NULL,
	`since` integer NOT NULL,
	`closed_at` integer,
	`body` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `alert_open_fingerprint` ON `alert` (`fingerprint`) WHERE "alert"."open" = 1;--> statement-breakpoint
CREATE INDEX `alert_incident` ON `alert` (`incident_id`);--> statement-breakpoint
CREATE TABLE `cost_line` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`day` text NOT NULL,
	`source` text NOT NULL,
	`provider` text NOT NULL,
	`sub_account` text NOT NULL,
	`service_category` text NOT NULL,
	`service` text NOT NULL,
	`resource_id` text NOT NULL,
	`region` text NOT NULL,
	`pricing_category` text NOT NULL,
	`charge_category` text NOT NULL,
	`billed` integer NOT NULL,
	`effective` integer NOT NULL,
	`list` integer NOT NULL,
	`currency` text NOT NULL,
	`qty` text NOT NULL,
	`unit` text NOT NULL,
	`pipeline` text NOT NULL,
	`model` text NOT NULL,
	`run_id` text NOT NULL,
	`phase` text NOT NULL,
	`tags` text NOT NULL,
	`estimate` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `cost_source_day` ON `cost_line` (`source`,`day`);--> statement-breakpoint
CREATE INDEX `cost_day` ON `cost_line` (`day`);--> statement-breakpoint
CREATE TABLE `digest` (
	`subscription` text NOT NULL,
	`slot` text NOT NULL,
	`made_at` integer NOT NULL,
	`body` text NOT NULL,
	PRIMARY KEY(`subscription`, `slot`)
);
--> statement-breakpoint
CREATE TABLE `incident` (
	`id` text PRIMARY KEY NOT NULL,
	`group_key` text NOT NULL,
	`pipeline` text NOT NULL,
	`model` text NOT NULL,
	`cause` text NOT NULL,
	`state` text NOT NULL,
	`severity` text NOT NULL,
	`opened_at` integer NOT NULL,
	`last_seen` integer NOT NULL,
	`ended_at` integer,
	`assignee` text,
	`next_at` integer,
	`revision` integer NOT NULL,
	`body` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `incident_group` ON `incident` (`group_key`,`last_seen`);--> statement-breakpoint
CREATE INDEX `incident_state` ON `incident` (`state`);--> statement-breakpoint
CREATE INDEX `incident_next` ON `incident` (`next_at`);--> statement-breakpoint
CREATE TABLE `incident_event` (
	`incident_id` text NOT NULL,
	`seq` integer NOT NULL,
	`type` text NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`body` text NOT NULL,
	PRIMARY KEY(`incident_id`, `seq`)
);
--> statement-breakpoint
CREATE INDEX `incident_event_at` ON `incident_event` (`at`);--> statement-breakpoint
CREATE TABLE `measure` (
	`monitor` text NOT NULL,
	`subject` text NOT NULL,
	`segment` text NOT NULL,
	`name` text NOT NULL,
	`window_start` integer NOT NULL,
	`window_end` integer NOT NULL,
	`body` text NOT NULL,
	PRIMARY KEY(`monitor`, `window_end`, `subject`, `segment`, `name`)
);
--> statement-breakpoint
CREATE INDEX `measure_subject` ON `measure` (`monitor`,`subject`,`window_end`);--> statement-breakpoint
CREATE TABLE `monitor` (
	`id` text PRIMARY KEY NOT NULL,
	`pipeline` text NOT NULL,
	`model` text NOT NULL,
	`kind` text NOT NULL,
	`cron` text NOT NULL,
	`zone` text NOT NULL,
	`enabled` integer NOT NULL,
	`spec` text NOT NULL,
	`created_by` text,
	`created_at` integer NOT NULL,
	`checked_at` integer,
	`fault` text,
	`state` text
);
--> statement-breakpoint
CREATE INDEX `monitor_pipeline` ON `monitor` (`pipeline`);--> statement-breakpoint
CREATE TABLE `release` (
	`approval_id` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`action` text NOT NULL,
	`ref` text NOT NULL,
	`state` text NOT NULL,
	`said` text NOT NULL,
	`at` integer NOT NULL,
	`body` text
);
--> statement-breakpoint
CREATE TABLE `schedule_slot` (
	`schedule` text NOT NULL,
	`slot` text NOT NULL,
	`state` text NOT NULL,
	`due_at` integer NOT NULL,
	`lease_until` integer NOT NULL,
	`at` integer NOT NULL,
	`content_hash` text,
	PRIMARY KEY(`schedule`, `slot`)
);
--> statement-breakpoint
CREATE INDEX `slot_due` ON `schedule_slot` (`schedule`,`due_at`);--> statement-breakpoint
CREATE TABLE `silence` (
	`id` text PRIMARY KEY NOT NULL,
	`matchers` text NOT NULL,
	`author` text NOT NULL,
	`reason` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `digest_subscription` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`target` text NOT NULL,
	`cron` text NOT NULL,
	`zone` text NOT NULL,
	`when_quiet` text NOT NULL,
	`enabled` integer NOT NULL,
	`created_by` text,
	`since` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `verdict` (
	`monitor` text NOT NULL,
	`subject` text NOT NULL,
	`segment` text NOT NULL,
	`rule` text NOT NULL,
	`window_end` integer NOT NULL,
	`level` text NOT NULL,
	`firing` integer NOT NULL,
	`body` text NOT NULL,
	PRIMARY KEY(`monitor`, `window_end`, `subject`, `segment`, `rule`)
);
