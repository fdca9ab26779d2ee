/** Makes this process a client that carries out calls of the bench (see ClientProcess). */
export function serve(calls: Record<string, (argument: never) => unknown>): void {
  process.on('message', ({ id, name, argument }: { id: number; name: string; argument: never }) => {
    void (async () => calls[name]?.(argument))().then(
      (result) => process.send?.({ id, result }),
      (error: Error) => process.send?.({ id, fault: error.message }),
    );
  });
  // The bench has ended, in whatever way.
  process.on('disconnect', () => process.exit());
  process.send?.({ ready: true });
}
