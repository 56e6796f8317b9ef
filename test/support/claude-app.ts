import { type FakeAnthropic, startFakeAnthropic } from "./fake-anthropic/server.ts";
import type { Script } from "./fake-anthropic/wire.ts";
import { createTestApp, START, type TestApp, type TestAppOptions } from "./test-app.ts";

/** A whole product that talks to our fake, with the owner's consent given. */
export interface ClaudeApp extends TestApp {
  readonly fake: FakeAnthropic;
  readonly start: (more?: object) => Promise<string>;
}

/** The owner agrees to what the configuration wants to send. */
export const giveConsent = async ({ call }: TestApp): Promise<void> => {
  await call("data_consent", { level: "aggregates" }, { key: "consent" });
};

export const createClaudeApp = async (
  script: Script,
  options: TestAppOptions & { readonly consent?: boolean } = {},
): Promise<ClaudeApp> => {
  const fake = await startFakeAnthropic(script);
  const app = await createTestApp({
    ...options,
    environment: {
      ANTHROPIC_API_KEY: fake.key,
      ANTHROPIC_BASE_URL: fake.url,
      ...options.environment,
    },
  });
  if (options.consent !== false) await giveConsent(app);
  return {
    ...app,
    fake,
    start: async (more = {}) => {
      const started = (await app.call("run_start", { ...START, ...more })) as unknown as {
        run_id: string;
      };
      return started.run_id;
    },
    close: async () => {
      await app.close();
      await fake.close();
    },
  };
};
