"""`tarn` and `tahoe` side by side on our gateway: the same results and exit codes as on a real one."""
from __future__ import annotations

import test_cli_on_tahoe as plain
import test_cli_trees as trees
from cli_commands import OnOurGateway


class OurNames(OnOurGateway, plain.Names):
    pass


class OurBytes(OnOurGateway, plain.Bytes):
    pass


class OurCopies(OnOurGateway, trees.Copies):
    pass


class OurBackups(OnOurGateway, trees.Backups):
    pass
