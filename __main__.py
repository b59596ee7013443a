"""``python -m wordgraft`` is the ``wordgraft`` command."""

from .tasks.cli import main

if __name__ == "__main__":
    main()
