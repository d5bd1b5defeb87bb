"""How ranks are started, by the tests and by the scripts here: with the launcher of the MPI that mfals was built with, whose
path is in MFALS_MPIEXEC, else with the mpirun in PATH. Open MPI 4, Open MPI 5 and MPICH take what is used here."""

import os
import re

MPIEXEC = os.environ.get("MFALS_MPIEXEC", "mpirun")
# Each of these launchers tells a rank its number in one of these.
RANK = re.compile(rb"(?:OMPI_COMM_WORLD_RANK|PMI_RANK)=(\d+)")

# What launchers add to what ranks say on stderr: their account of a rank that has failed or ended the job, Open MPI 5's and
# MPICH's (Open MPI 4 can leave it out), Open MPI 5's word at a second signal, and lines of libraries inside Open MPI about
# ranks and pipes that have gone, which may stand within an account.
os.environ.setdefault("OMPI_MCA_orte_execute_quiet", "1")
ASIDE = re.compile(r"^\[[^]\n]*:\d+\] PMIX ERROR: PMIX_ERR_UNREACH .*\n", re.MULTILINE)
SAID = re.compile(r"^mfals: .*\n", re.MULTILINE)  # a rank, in the midst of an account
ACCOUNT = re.compile(r"^-{70,}\n(?:prterun|mpirun|Primary job|MPI_ABORT was invoked) [\s\S]*?^-{70,}\n\0?|"
                     r"^Abort is in progress\.\.\.hit ctrl-c again to forcibly terminate\n\n?|"
                     r"^=+\n=   BAD TERMINATION [\s\S]*?^=+\n(?:YOUR APPLICATION .*\n.*\n.*\n)?|"
                     r"^Abort\(\d+\) on node \d+ .* application called MPI_Abort\(.*\n|"
                     r"^\[warn\] Epoll.*(?:\n|\Z)", re.MULTILINE)


def start(options, *command):
    """The launcher's command, with options of its own."""
    return [str(word) for word in (MPIEXEC, *options, *command)]


def launch(ranks, *command):
    """The one that starts so many ranks of a command."""
    return start(["-np", ranks], *command)


def said_by_ranks(errors):
    """Of what was told on stderr, what is not the launcher's."""
    return ACCOUNT.sub(lambda account: "".join(SAID.findall(account[0])), ASIDE.sub("", errors))


def rank_in(environment):
    """The rank that a process with this environment, as /proc gives it, is; None where it is none."""
    return next((int(found[1]) for word in environment if (found := RANK.fullmatch(word))), None)


def own_place(folder):
    """The environment in which launcher and ranks put their own files, shared memory among them, into a folder: those that
    are killed leave them behind."""
    variables = ("TMPDIR", "OMPI_MCA_orte_tmpdir_base", "PRTE_MCA_prte_tmpdir_base", "OMPI_MCA_btl_vader_backing_directory",
                 "OMPI_MCA_btl_sm_backing_directory", "OMPI_MCA_osc_sm_backing_directory")
    return dict.fromkeys(variables, str(folder))
