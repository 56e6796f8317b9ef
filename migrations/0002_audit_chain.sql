ALTER TABLE `audit` ADD `changes` text;--> statement-breakpoint
ALTER TABLE `audit` ADD `prev` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `audit` ADD `hash` text DEFAULT '' NOT NULL;