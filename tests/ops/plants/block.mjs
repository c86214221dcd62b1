/** An event loop that never comes back, on the signal SIGUSR2. */
process.on('SIGUSR2', () => {
  for (;;);
});
