"""``python -m logitscope`` is ``logitscope``."""

import sys

from logitscope.cli import main

if __name__ == "__main__":
    sys.exit(main())
