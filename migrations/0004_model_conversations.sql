CREATE TABLE `model_call` (
	`conversation` text NOT NULL,
	`turn` integer NOT NULL,
	`no` integer NOT NULL,
	`attempt_id` text NOT NULL,
	`run_id` text NOT NULL,
	`state` text NOT NULL,
	`request_hash` text NOT NULL,
	`reply_hash` text,
	`fault` text,
	`cells` integer NOT NULL,
	`at` integer NOT NULL,
	`ended_at` integer,
	PRIMARY KEY(`conversation`, `turn`, `no`)
);
--> statement-breakpoint
CREATE INDEX `model_call_attempt` ON `model_call` (`attempt_id`);--> statement-breakpoint
CREATE INDEX `model_call_run` ON `model_call` (`run_id`);--> statement-breakpoint
CREATE TABLE `model_turn` (
	`conversation` text NOT NULL,
	`turn` integer NOT NULL,
	`attempt_id` text NOT NULL,
	`run_id` text NOT NULL,
	`document_hash` text NOT NULL,
	`cells` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`conversation`, `turn`)
);
--> statement-breakpoint
CREATE INDEX `model_turn_run` ON `model_turn` (`run_id`);