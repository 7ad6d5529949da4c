"""The values, verdicts, events, ports and errors that everything else speaks in; standard library only."""
