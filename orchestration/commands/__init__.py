"""The subcommands of `kette`, a file for each subject.

They import what they run inside the function: `kette --help` answers at once.
"""
