"""One file per subcommand, and what they share: here settings, target and parts are put together, and nowhere else."""
