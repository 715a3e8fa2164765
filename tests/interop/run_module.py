"""The tests of one module, given by its name, in a folder of theirs; started by run.py."""
import sys

import work_folders
from interop import WORK

if __name__ == "__main__":
    work_folders.fresh_folder(WORK)
    work_folders.run_tests(module=None, argv=["interop", "-f", *sys.argv[1:]])
