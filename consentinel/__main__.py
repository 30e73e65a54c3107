"""`python -m consentinel`: how other programs start it with the interpreter that has it."""

from consentinel.cli import main

if __name__ == "__main__":
    main()
