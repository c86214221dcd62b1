/** An event loop that never comes back, on the signal SIGUSR2. It takes no processor from the others meanwhile. */
process.on('SIGUSR2', () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
