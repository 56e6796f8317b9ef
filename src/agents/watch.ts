/**
 * A fetch that aborts `quiet` when no byte of a body arrives for `silenceMs`; pings count, which listeners of a stream never see. `stop`
 * ends the watch.
 */
export const createWatch = (silenceMs: number, quiet: AbortController) => {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const stop = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  const beat = () => {
    stop();
    timer = setTimeout(() => quiet.abort(), silenceMs);
  };
  const watched: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (response.body === null) return response;
    beat();
    const body = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          beat();
          controller.enqueue(chunk);
        },
      }),
    );
    return new Response(body, response);
  };
  return { watched, stop };
};
