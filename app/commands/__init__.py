"""The commands of ``sitewright``, one module per topic.

Each module has an ``add_…`` that declares arguments and names the function that runs the command
(``set_defaults(run=…)``).  ``app/cli.py`` loads all of them for ``--help``: what is heavy (numpy and above) is
imported inside the functions.
"""
