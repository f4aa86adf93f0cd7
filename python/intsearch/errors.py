"""What a command reports to the user without a traceback."""


class CommandError(Exception):
    pass
