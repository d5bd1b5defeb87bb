#include "cli/run_header.h"

#include "cli/screen.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_WIDTH = 100, MOST_LINES = 8, VERSIONS_SIZE = 1024 };

/* A batch system, and what it calls a job and its earlier starts. */
struct batch_system {
    const char *name, *job, *array_task, *restarts;
};

/* NULL outside all of them. SGE's variable has a name that others may use too: `task` is SGE's alone. */
static const struct batch_system *find_batch_system(void)
{
    static const struct batch_system systems[] = {
        {"SLURM", "SLURM_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_RESTART_COUNT"},
        {"PBS", "PBS_JOBID", "PBS_ARRAY_INDEX", NULL},
        {"LSF", "LSB_JOBID", "LSB_JOBINDEX", NULL},
        {"SGE", "JOB_ID", "SGE_TASK_ID", "RESTARTED"}};
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
        if (getenv(systems[i].job) != NULL &&
            (strcmp(systems[i].name, "SGE") != 0 || getenv("SGE_TASK_ID") != NULL))
            return &systems[i];
    return NULL;
}

static const char *variable(const char *name)
{
    const char *value = name != NULL ? getenv(name) : NULL;
    return value != NULL ? value : "";
}

/* Hosts where something is odd, and the first of them. */
struct oddity {
    int hosts, ranks;
    const struct placement_host *first;
};

static void note_odd(struct oddity *oddity, const struct placement_host *host, int ranks)
{
    if (ranks == 0)
        return;
    if (oddity->first == NULL)
        oddity->first = host;
    oddity->hosts++;
    oddity->ranks += ranks;
}

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

/* " of node1", " of node1 and 3 more hosts" */
static void where_text(char *text, size_t size, const struct oddity *oddity)
{
    int more = oddity->hosts - 1;
    if (more == 0)
        snprintf(text, size, " of %s", oddity->first->name);
    else
        snprintf(text, size, " of %s and %d more host%s", oddity->first->name, more, plural(more));
}

static void find_warnings(struct run_header *header)
{
    const struct placement *placement = &header->placement;
    struct oddity crowded = {0}, wandering = {0};
    char where[MPI_MAX_PROCESSOR_NAME + 40];
    for (int h = 0; h < placement->hosts; h++) {
        note_odd(&crowded, &placement->host[h], placement->host[h].crowded);
        note_odd(&wandering, &placement->host[h], placement->host[h].wandering);
    }
    if (crowded.hosts > 0) {
        where_text(where, sizeof where, &crowded);
        snprintf(header->warning[header->warnings++], RUN_WARNING_SIZE,
                 "%d ranks%s share cores (it has %d for its %d ranks), and wait for each other: start no "
                 "more ranks "
                 "than cores, each on its own (mpirun --bind-to core, srun --cpu-bind=cores)",
                 crowded.ranks, where, crowded.first->cores, crowded.first->ranks);
    }
    if (wandering.hosts > 0) {
        where_text(where, sizeof where, &wandering);
        snprintf(header->warning[header->warnings++], RUN_WARNING_SIZE,
                 "%d rank%s%s may wander over %d sockets or memory nodes, away from their memory: mpirun "
                 "--bind-to "
                 "core, or srun --cpu-bind=cores, keeps them in place",
                 wandering.ranks, plural(wandering.ranks), where, wandering.first->parts);
    }
}

static void cores_text(char *text, size_t size, const struct placement *placement)
{
    int fewest = INT_MAX, most = 0;
    for (int h = 0; h < placement->hosts; h++) {
        fewest = placement->host[h].fewest_cores < fewest ? placement->host[h].fewest_cores : fewest;
        most = placement->host[h].most_cores > most ? placement->host[h].most_cores : most;
    }
    if (most == 0)
        snprintf(text, size, "cores not known");
    else if (fewest == most)
        snprintf(text, size, "%d core%s for each rank", most, plural(most));
    else
        snprintf(text, size, "%d to %d cores for each rank", fewest, most);
}

/* A line that takes on what there is room for. */
struct filling {
    char line[2 * LINE_WIDTH + MPI_MAX_PROCESSOR_NAME];
    int lines;
};

static void fill(struct filling *filling, const char *item)
{
    if (strlen(filling->line) + strlen(item) > LINE_WIDTH) {
        screen_line("%s", filling->line);
        filling->lines++;
        snprintf(filling->line, sizeof filling->line, "   ");
    }
    strncat(filling->line, item, sizeof filling->line - strlen(filling->line) - 1);
}

static void print_hosts(const struct run_header *header)
{
    const struct placement *placement = &header->placement;
    const int most_lines = program_is_on(header->program, "verbose") ? INT_MAX : MOST_LINES;
    struct filling filling = {.lines = 0};
    char cores[64], ranks[LINE_WIDTH], item[MPI_MAX_PROCESSOR_NAME + LINE_WIDTH + 8];
    cores_text(cores, sizeof cores, placement);
    snprintf(filling.line, sizeof filling.line, "ranks: %d on %d host%s, %s;", header->program->size,
             placement->hosts, plural(placement->hosts), cores);
    for (int h = 0; h < placement->hosts; h++) {
        if (filling.lines == most_lines) {
            snprintf(filling.line, sizeof filling.line, "    and %d more", placement->hosts - h);
            break;
        }
        placement_ranks_text(ranks, sizeof ranks, placement, h);
        snprintf(item, sizeof item, " %s %s%s", placement->host[h].name, ranks,
                 h + 1 < placement->hosts ? "," : "");
        fill(&filling, item);
    }
    screen_line("%s", filling.line);
}

static void print_software(void)
{
    char text[VERSIONS_SIZE] = "";
    const char *name, *version;
    for (int i = 0, length = 0; mfals_component(&name, &version, i) && length < VERSIONS_SIZE; i++)
        length += snprintf(text + length, sizeof text - (size_t)length, "%s%s %s", i > 0 ? "; " : "", name,
                           version);
    screen_line("software: %s", text);
}

static void print_job(void)
{
    const struct batch_system *system = find_batch_system();
    if (system == NULL)
        return;
    const char *task = variable(system->array_task), *restarts = variable(system->restarts);
    bool is_task = task[0] != '\0' && strcmp(task, "undefined") != 0;
    screen_line("job: %s %s%s%s%s%s", system->name, variable(system->job), is_task ? ", task " : "",
                is_task ? task : "", restarts[0] != '\0' ? ", restarts " : "", restarts);
}

static void print_log_lines(const struct run_header *header)
{
    char now[40], folder[PATH_MAX];
    struct tm local;
    time_t seconds = time(NULL);
    strftime(now, sizeof now, "%Y-%m-%d %H:%M:%S %z", localtime_r(&seconds, &local));
    screen_line("======== mfals %s %s, started %s ========", mfals_version(), header->program->command.name,
                now);
    if (header->program->line != NULL)
        screen_line("command: %s", header->program->line);
    if (getcwd(folder, sizeof folder) != NULL)
        screen_line("folder: %s", folder);
    print_software();
    print_job();
}

static void print(const struct run_header *header)
{
    struct mfals_value value;
    char number[MFALS_NUMBER_SIZE];
    if (!screen_is_terminal())
        print_log_lines(header);
    if (header->placement.hosts > 0 && (!screen_is_terminal() || header->program->size > 1))
        print_hosts(header);
    for (int i = 0; i < header->warnings; i++)
        screen_line("warning: %s", header->warning[i]);
    screen_detail("options in force:");
    for (int i = 0; mfals_options_value(&value, header->program->options, i); i++)
        screen_detail("  %-18s %s", value.name, mfals_value_text(&value, number));
}

/* Adds value, taken over, to a list or an object; false where there is no memory. */
static bool append(json_t *list, json_t *value)
{
    return value != NULL && json_array_append_new(list, value) == 0;
}

static bool set(json_t *object, const char *name, json_t *value)
{
    return value != NULL && json_object_set_new(object, name, value) == 0;
}

/* The object or list, if all of it is there. */
static json_t *whole(json_t *value, bool complete)
{
    if (complete)
        return value;
    json_decref(value);
    return NULL;
}

static json_t *host_json(const struct placement *placement, int h)
{
    const struct placement_host *host = &placement->host[h];
    int size = placement_ranks_text(NULL, 0, placement, h) + 1;
    char *ranks = malloc((size_t)size);
    if (ranks == NULL)
        return NULL;
    placement_ranks_text(ranks, size, placement, h);
    json_t *object = json_pack("{s:o, s:i, s:s, s:i, s:[i, i]}", "host", json_log_text(host->name), "ranks",
                               host->ranks, "which", ranks, "cores", host->cores, "cores_per_rank",
                               host->fewest_cores, host->most_cores);
    free(ranks);
    return object;
}

static json_t *hosts_json(const struct placement *placement)
{
    json_t *list = json_array();
    bool complete = list != NULL;
    for (int h = 0; h < placement->hosts && complete; h++)
        complete = append(list, host_json(placement, h));
    return whole(list, complete);
}

static json_t *warnings_json(const struct run_header *header)
{
    json_t *list = json_array();
    bool complete = list != NULL;
    for (int i = 0; i < header->warnings && complete; i++)
        complete = append(list, json_log_text(header->warning[i]));
    return whole(list, complete);
}

static json_t *versions_json(void)
{
    const char *name, *version;
    json_t *object = json_object();
    bool complete = object != NULL;
    for (int i = 0; complete && mfals_component(&name, &version, i); i++)
        complete = set(object, name, json_log_text(version));
    return whole(object, complete);
}

static json_t *job_json(void)
{
    const struct batch_system *system = find_batch_system();
    if (system == NULL)
        return json_null();
    return json_pack(
        "{s:s, s:o, s:o, s:o}", "system", system->name, "id", json_log_text(variable(system->job)), "task",
        json_log_text(variable(system->array_task)), "restarts", json_log_text(variable(system->restarts)));
}

static json_t *value_json(const struct mfals_value *value)
{
    switch (value->kind) {
    case MFALS_TEXT:
        return json_log_text(value->text);
    case MFALS_INTEGER:
        return json_integer(value->integer);
    case MFALS_REAL:
        return json_log_number(value->real);
    }
    return NULL;
}

static json_t *options_json(struct mfals_options *options)
{
    struct mfals_value value;
    json_t *object = json_object();
    bool complete = object != NULL;
    for (int i = 0; complete && mfals_options_value(&value, options, i); i++)
        complete = set(object, value.name, value_json(&value));
    return whole(object, complete);
}

static json_t *start_json(const struct run_header *header)
{
    const struct program *program = header->program;
    const char *name, *build, *line = program->line != NULL ? program->line : "";
    char software[32], folder[PATH_MAX];
    mfals_component(&name, &build, 0);
    snprintf(software, sizeof software, "mfals %s", mfals_version());
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "command",
                     program->command.name, "software", software, "build", build, "line", json_log_text(line),
                     "folder", json_log_text(getcwd(folder, sizeof folder) != NULL ? folder : ""), "pid",
                     (int)getpid(), "ranks", program->size, "hosts", hosts_json(&header->placement),
                     "versions", versions_json(), "job", job_json(), "warnings", warnings_json(header),
                     "options", options_json(program->options));
}

void run_header_open(struct run_header *header, const struct program *program)
{
    *header = (struct run_header){.program = program};
    placement_find(&header->placement, program->comm);
    find_warnings(header);
    if (program->rank == 0)
        print(header);
}

void run_header_log(const struct run_header *header, struct json_log *log)
{
    if (json_log_writes(log))
        json_log_event(log, "start", start_json(header));
}

void run_header_close(struct run_header *header)
{
    placement_free(&header->placement);
}

void run_header_tell(const struct program *program)
{
    struct run_header header;
    run_header_open(&header, program);
    run_header_close(&header);
}
