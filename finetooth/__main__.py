"""`python -m finetooth`: the command line."""

from finetooth.cli.main import main

main()
