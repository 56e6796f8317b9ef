/** What the composition gives to commands that copy a home, or a run's repository, as files. */
export interface Keeping {
  readonly backup: (
    file: string,
    options: { readonly secretKey: boolean },
  ) => Promise<{
    readonly file: string;
    readonly bytes: number;
    readonly files: number;
    readonly secretKey: boolean;
    readonly linksSkipped: number;
  }>;
  readonly restore: (file: string) => Promise<{
    readonly home: string;
    readonly generator: string;
    readonly at: string;
    readonly files: number;
    readonly secretKey: boolean;
  }>;
  readonly metrics: () => Promise<{
    readonly text: string;
    readonly workerBeatSeconds: number | null;
  }>;
  readonly bundle: (
    run: string,
    file: string | undefined,
  ) => Promise<{
    readonly file: string;
    readonly commit: string;
    readonly tags: readonly string[];
  }>;
}
