"""The schedules as the system's own scheduler takes them: systemd's units and timers, or lines of a crontab."""
