/** One thing that was looked at. `next` says what to do where it is not as it should be. */
export interface DoctorFinding {
  readonly what: string;
  readonly ok: boolean;
  readonly said: string;
  readonly next: string | null;
}
