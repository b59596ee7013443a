"""A user's job, end to end: data, models, report. The command line is the roof."""
