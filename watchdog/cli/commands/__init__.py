"""What can be typed: the options of each command and the words of its help.

What a command does is imported when it runs, so that neither its help nor a mistyped option waits for that.
"""
