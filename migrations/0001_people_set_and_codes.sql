CREATE TABLE `one_time_code` (
	`lookup` text PRIMARY KEY NOT NULL,
	`purpose` text NOT NULL,
	`person_id` text NOT NULL,
	`subject` text NOT NULL,
	`salt` text NOT NULL,
	`hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`tries_left` integer NOT NULL,
	`used_at` integer,
	`used_key` text
);
--> statement-breakpoint
CREATE INDEX `code_of` ON `one_time_code` (`purpose`,`person_id`,`subject`);--> statement-breakpoint
ALTER TABLE `identity` ADD `source` text DEFAULT 'file' NOT NULL;--> statement-breakpoint
ALTER TABLE `person` ADD `source` text DEFAULT 'file' NOT NULL;