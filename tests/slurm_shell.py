"""A SLURM of this machine to try job files on, for as long as a command or a shell lasts:

    /usr/bin/python3 tests/slurm_shell.py                          a shell with sbatch, squeue, scancel, ...
    /usr/bin/python3 tests/slurm_shell.py sbatch --wait jobs/train.sbatch

Takes the packages slurm-wlm and munge, and nothing of the machine's own SLURM, if it has one.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent
os.environ.setdefault("MFALS", str(SOURCE / "build" / "release" / "mfals"))
os.environ.setdefault("MFALS_SOURCE", str(SOURCE))

from slurm_cluster import Cluster  # it reads the environment

with tempfile.TemporaryDirectory(prefix="mfals-slurm-") as name:
    os.chmod(name, 0o755)
    with Cluster(name):
        sys.exit(subprocess.run(sys.argv[1:] or [os.environ.get("SHELL", "/bin/bash")]).returncode)
