type Turn = (action: () => void) => void;

/** Runs an action on a later turn of the event loop, after what waits for its turn already, and without a timer's delay. */
export const nextTurn: Turn = chooseTurn();

function chooseTurn(): Turn {
  const { setImmediate } = globalThis as { readonly setImmediate?: Turn };
  // Wrapped, so that whoever replaces the global, such as a test's clock, is heard.
  if (setImmediate !== undefined)
    return (action) => (globalThis as unknown as { setImmediate: Turn }).setImmediate(action);
  const actions: (() => void)[] = [];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => actions.shift()?.();
  return (action) => {
    actions.push(action);
    port2.postMessage(undefined);
  };
}
