#include "cli/launch.h"

#include "cli/screen.h"

#include <mfals/version.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the MPI's ranks have from its launcher, and what SLURM's srun must speak to start them. */
#ifdef OPEN_MPI
#define OWN_VARIABLE "OMPI_COMM_WORLD_SIZE"
#define OWN_SRUN     "srun --mpi=pmix"
#else
#define OWN_VARIABLE "PMI_SIZE"
#define OWN_SRUN     "srun --mpi=pmi2"
#endif

/* Whether Open MPI may have other ways to its ranks than PMIx; MPICH may, and says only once it is initialized. */
#if defined(OPEN_MPI) && !defined(MFALS_MPI_HAS_PMI)
enum { NEEDS_PMIX = true };
#else
enum { NEEDS_PMIX = false };
#endif

static const struct tell {
    const char *size, *rank;
    const char *besides; /* a variable without which these are not a launcher's; or NULL */
    const char *launcher;
} tells[] = {
    {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", NULL, "mpirun of Open MPI"},
    {"MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK", NULL, "mpirun of MVAPICH"},
    {"JSM_NAMESPACE_SIZE", "JSM_NAMESPACE_RANK", NULL, "jsrun"},
    {"FLUX_JOB_SIZE", "FLUX_TASK_RANK", NULL, "flux"},
    {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "SLURM_STEP_ID", "srun"},
    {"SLURM_NTASKS", "SLURM_PROCID", "SLURM_STEP_ID", "srun"},
    {"PMI_SIZE", "PMI_RANK", NULL, "a launcher of MPICH's kind"},
    {"MPI_LOCALNRANKS", "MPI_LOCALRANKID", NULL, "mpiexec"},
};

/* 0 where the variable is not there, or no number. */
static int number_of(const char *variable)
{
    const char *text = getenv(variable);
    long number = text == NULL ? 0 : strtol(text, NULL, 10);
    return number > 0 && number < 1 << 30 ? (int)number : 0;
}

/* The MPI's own launcher is the innermost; of others the first that started several counts, else the first. */
struct launch launch_find(void)
{
    struct launch launch = {0};
    for (size_t i = 0; i < sizeof tells / sizeof *tells; i++) {
        int tasks = number_of(tells[i].size);
        bool own = tasks > 0 && strcmp(tells[i].size, OWN_VARIABLE) == 0;
        if (tasks == 0 || (tells[i].besides != NULL && getenv(tells[i].besides) == NULL))
            continue;
        if (!own && launch.tasks > 0 && (launch.tasks > 1 || tasks == 1))
            continue;
        launch = (struct launch){.tasks = tasks,
                                 .task = number_of(tells[i].rank),
                                 .variable = tells[i].size,
                                 .launcher = tells[i].launcher,
                                 .own = own};
        if (own)
            break;
    }
    launch.own = launch.own || getenv("PMIX_RANK") != NULL;
    return launch;
}

bool launch_has_ranks(const struct launch *launch)
{
    return launch->own && launch->tasks != 1;
}

bool launch_speaks(const struct launch *launch, int rank, int size)
{
    return rank == 0 && (size > 1 || launch->task == 0 || launch->meant == 1);
}

static char session_folder[256];

#ifdef OPEN_MPI
/* Open MPI 4 has a folder for all processes of a user on a host. Where one makes its own in it just as others of theirs go, it
 * fails to start; so a process alone has another. */
static void open_session_folder(void)
{
    const char *parent = getenv("TMPDIR");
    int length =
        snprintf(session_folder, sizeof session_folder, "%s/mfals-XXXXXX", parent != NULL ? parent : "/tmp");
    if (getenv("OMPI_MCA_orte_tmpdir_base") != NULL || length >= (int)sizeof session_folder ||
        mkdtemp(session_folder) == NULL)
        session_folder[0] = '\0';
    else
        setenv("OMPI_MCA_orte_tmpdir_base", session_folder, 1);
}

/* Open MPI 5 looks for settings of the user there, and does not start where HOME is not set. */
static void name_home(void)
{
    const struct passwd *user = getenv("HOME") == NULL ? getpwuid(geteuid()) : NULL;
    setenv("HOME", user != NULL ? user->pw_dir : "/", 0);
}
#endif

/* Open MPI takes a process in a SLURM job for one that srun started as a rank, and otherwise starts a daemon for it,
 * which needs a PATH and a folder for temporary files. */
void launch_before_mpi(const struct launch *launch)
{
#ifdef OPEN_MPI
    name_home();
    setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    if (!launch->own)
        open_session_folder();
    if (!launch->own && (launch->tasks <= 1 || launch->meant == 1))
        unsetenv("SLURM_NODELIST");
#else
    (void)launch;
#endif
}

void launch_after_mpi(void)
{
    if (session_folder[0] != '\0')
        rmdir(session_folder);
}

static const char *component(const char *wanted)
{
    const char *name, *version;
    for (int i = 0; mfals_component(&name, &version, i); i++)
        if (strcmp(name, wanted) == 0)
            return version;
    return "";
}

static enum mfals_status refuse_alone(const struct launch *launch, struct mfals_context *context)
{
    char mpi[128];
    snprintf(mpi, sizeof mpi, "%s", component("MPI"));
    return mfals_fail(
        context, MFALS_USAGE,
        "%d tasks were started by %s (%s), and each is a run of its own with one rank: mfals is built with "
        "%s; start it by %s or " OWN_SRUN "; --ranks 1 says that one rank is meant",
        launch->tasks, launch->launcher, launch->variable, mpi, component("launcher"));
}

enum mfals_status launch_check(const struct launch *launch, struct mfals_context *context, int size)
{
    bool alone = size == 1 || (size == 0 && NEEDS_PMIX && !launch->own);
    if (alone && launch->tasks > 1 && launch->meant != 1)
        return refuse_alone(launch, context);
    if (size > 0 && launch->meant > 0 && launch->meant != size)
        return mfals_fail(context, MFALS_USAGE, "--ranks: %d meant, and %d %s", launch->meant, size,
                          size == 1 ? "runs" : "run");
    return MFALS_OK;
}

void launch_warn(const struct launch *launch, int size)
{
    int allocated = number_of("SLURM_NTASKS");
    if (size == 1 && launch->tasks == 0 && launch->meant != 1 && allocated > 1)
        screen_warning("one rank alone, in a job of %d tasks: start mfals by %s or " OWN_SRUN
                       "; --ranks 1 says that "
                       "one rank is meant",
                       allocated, component("launcher"));
}
