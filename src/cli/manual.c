/* Prints a man page, or the completion for bash, from the tables that the help is made of:
 *     manual              mfals(1)
 *     manual COMMAND      mfals-COMMAND(1)
 *     manual --bash       the completion
 * For the build; not installed. */
#include <mfals/mfals.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { GROUPS = 8 };

/* What mfals(1) has besides the tables of commands, options and exit codes. A section goes on until the next title. */
static const struct entry {
    const char *section; /* NULL: that of the entry before */
    const char *term;    /* NULL: a paragraph */
    const char *text;
} entries[] = {
    {"FORMULAS", NULL,
     "What is minimized, by -a and further options. Ratings r of m users and n items; p is 1 where a user "
     "has "
     "rated an item, else 0; s = x_u . y_i is the score of factors X and Y; n_u is the number of ratings of "
     "a "
     "user or of an item."},
    {NULL, "ials (default)",
     "the sum over the rated cells of w (1 - s)^2, plus a0 times the sum over all m n cells of s^2, plus "
     "lambda times the sum over users and items of (n_u + a0 n)^nu |x_u|^2 (items: n_i + a0 m); a0 = c N / "
     "(m n) for N ratings by --unobserved-ratio c, or by --unobserved-weight; w = 1, or with --alpha beside "
     "one of these alpha r; nu by --reg-exponent"},
    {NULL, "ials --alpha alone, --preset notebook",
     "the sum over all cells of c (p - s)^2, plus lambda times the same with a0 = 1; c = 1 + alpha r where "
     "rated, else 1; nu = 0 by default"},
    {NULL, "ials --user-exponent B --item-exponent A",
     "a0 p_u q_i in place of a0, with p_u = n_u^B and q_i = n_i^A, each over its mean, n the numbers of "
     "ratings"},
    {NULL, "ials --weight log", "log(1 + r / eps) in place of r, eps by --weight-epsilon"},
    {NULL, "ials --nonpositive negative",
     "where r is 0 or below, |r| in place of r, and a target of 0 in place of 1"},
    {NULL, "als",
     "the sum over the rated cells of (r - s)^2, plus lambda times the sum over users and items of n_u^nu "
     "(|x_u|^2 + "
     "b_u^2); s = mu + b_u + b_i + x_u . y_i, mu the mean rating, b = 0 without --biases, nu = 1 by default"},
    {NULL, "sgd",
     "the sum over the rated cells of (r - s)^2 + lambda (|x_u|^2 + |y_i|^2), one rating after the other; mu "
     "and "
     "biases with --biases only"},
    {NULL, "--columns ...,weight, --half-life T",
     "w, or 1 before (r - s)^2 in als, becomes w v, or v: v is the weight in the rating's line, times "
     "2^(-age / T); mu is then the mean by v (ials, als)"},
    {NULL, "--nonnegative", "the same over factors of at least 0 (ials, als)"},
    {"EXAMPLES", "mfals", "train on the sample that comes with mfals, to sample-model.h5"},
    {NULL, "mpirun -np 16 mfals ratings.tsv.gz -o model.h5 -k 64 --holdout 1",
     "train on 16 ranks, one random rating of each user held out for the metrics"},
    {NULL, "mfals -a als --biases -k 64 --lambda 0.05 stars.csv -o stars.h5", "fit ratings on a scale"},
    {NULL, "mfals evaluate model.h5 --test test.tsv --negatives 0 --top 10,50",
     "HR, NDCG, recall, precision and MAP at 10 and 50, MRR and AUC, among all unseen items"},
    {NULL, "mfals recommend model.h5 --user 7 --top 5", "the best unseen items for a user"},
    {NULL, "mfals recommend model.h5 --fold-in new.tsv -o lists.tsv",
     "the same for users the model does not know"},
    {NULL, "mpirun -np 16 mfals ratings.tsv -o model.h5 --checkpoint-dir run --max-time 3h55m",
     "stop in time with exit code 75; the same command again goes on from there"},
    {NULL, "mfals plan ratings.tsv -k 128 --nodes 4 --ranks-per-node 48", "memory and time of a training"},
    {"ENVIRONMENT", "MFALS_SAMPLE", "the ratings to train on where none are named"},
    {NULL, "SLURM_JOB_END_TIME", "seconds since 1970: a training with checkpoints stops in time before it"},
    {NULL, "OPENBLAS_CORETYPE, OPENBLAS_NUM_THREADS",
     "as OpenBLAS has them. Where the first is unset and OpenBLAS does not know the processor, mfals sets it "
     "to the nearest "
     "that OpenBLAS knows; where the second is unset and memory is limited (ulimit -v), to 1"},
    {NULL, "OMPI_MCA_osc_sm_backing_directory",
     "the folder of Open MPI's shared memory, by default /dev/shm: it has to hold the factors"},
    {"SIGNALS", "SIGUSR1, SIGTERM, SIGINT",
     "to one rank, to all or to mpirun: a training with --checkpoint-dir writes a checkpoint and ends with "
     "75. A second "
     "SIGINT ends at once; SIGUSR1 is ignored without checkpoints"},
    {"FILES", "model.h5",
     "HDF5: /users/factors [m x k] float32, /users/ids (sorted), /users/bias, and the same of /items; "
     "/history/NAME, a number an iteration; every option in force as an attribute of the root"},
    {NULL, "DIR/checkpoint-N.h5", "with --checkpoint-dir DIR: all that a model has, and what resuming takes"},
    {NULL, ".FILE.lock, FILE.*.partial",
     "beside an output that is being written: who writes it, and the file until it is whole and gets its "
     "name"},
    {NULL, "PREFIX/share/mfals",
     "the sample, job files for SLURM, Python scripts, a program that uses libmfals"},
};

/* Text that roff takes as it stands. */
static void put_text(const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if (*c == '\\')
            fputs("\\e", stdout);
        else if (*c == '-')
            fputs("\\-", stdout);
        else if ((*c == '.' || *c == '\'') && (c == text || c[-1] == '\n'))
            printf("\\&%c", *c);
        else
            putchar(*c);
}

static void put_head(const char *name, const char *summary)
{
    printf(".TH \"%s\" 1 \"\" \"mfals %s\" \"User Commands\"\n.SH NAME\n%s \\- ", name, MFALS_VERSION, name);
    put_text(summary);
    printf("\n.SH SYNOPSIS\n");
}

static void put_option(const struct mfals_option *row)
{
    printf(".TP\n\\fB");
    if (row->key != 0)
        printf("\\-%c\\fR, \\fB", row->key);
    printf("\\-\\-");
    put_text(row->name);
    printf("\\fR");
    if (row->argument != NULL) {
        printf("=\\fI");
        put_text(row->argument);
        printf("\\fR");
    }
    putchar('\n');
    put_text(row->help);
    if (row->value != NULL) {
        printf(" (default ");
        put_text(row->value);
        putchar(')');
    }
    putchar('\n');
}

static void put_group(const struct mfals_command *command, int group)
{
    struct mfals_option option;
    bool any = false;
    for (int i = 0; mfals_option(&option, command->name, i); i++) {
        if (option.group != group)
            continue;
        if (!any)
            printf(".SS \"%.*s\"\n", (int)strcspn(option.title, ":"), option.title);
        any = true;
        put_option(&option);
    }
}

static void put_command(const struct mfals_command *command)
{
    char name[64];
    snprintf(name, sizeof name, "mfals-%s", command->name);
    put_head(name, command->summary);
    printf("\\fBmfals %s\\fR [\\fIOPTION\\fR...] ", command->name);
    put_text(command->needs);
    put_text(command->words);
    printf("\n.br\n\\fBmpirun \\-np \\fIN\\fB mfals %s\\fR ...\n.SH DESCRIPTION\n", command->name);
    put_text(command->description);
    printf("\n.SH OPTIONS\n");
    for (int group = 1; group <= GROUPS; group++)
        put_group(command, group);
    printf(".SH EXIT STATUS\nThat of\n.BR mfals (1).\n.SH SEE ALSO\n.BR mfals (1)\n");
}

static void put_entries(void)
{
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        if (entries[i].section != NULL)
            printf(".SH %s\n", entries[i].section);
        if (entries[i].term != NULL) {
            printf(".TP\n\\fB");
            put_text(entries[i].term);
            printf("\\fR\n");
        }
        put_text(entries[i].text);
        putchar('\n');
    }
}

static void put_all(void)
{
    struct mfals_command command;
    put_head("mfals", "recommender factor models on one core or a cluster");
    printf("\\fBmfals\\fR [\\fBtrain\\fR] [\\fIOPTION\\fR...] [\\fIRATINGS\\fR...]\n.br\n"
           "\\fBmfals\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] \\fIFILE\\fR\n.br\n"
           "\\fBmpirun \\-np \\fIN\\fB mfals\\fR ...\n.SH DESCRIPTION\n"
           "Trains factor models by alternating least squares or stochastic gradient descent, evaluates "
           "them, and "
           "recommends. Any number of ranks gives the same model, to the last bit.\n.SH COMMANDS\n");
    for (int i = 0; mfals_command(&command, i); i++) {
        printf(".TP\n.BR mfals\\-%s (1)\n", command.name);
        put_text(command.summary);
        putchar('\n');
    }
    put_entries();
    printf(".SH EXIT STATUS\nThe same on all ranks, with a line that says why.\n");
#define PUT_CODE(name, code, text) printf(".TP\n.B %d\n%s\n", code, text);
    MFALS_STATUS_LIST(PUT_CODE)
    printf(".SH SEE ALSO\n");
    for (int i = 0; mfals_command(&command, i); i++)
        printf(".BR mfals\\-%s (1),\n", command.name);
    printf(".BR mpirun (1)\n");
}

static void put_names(const struct mfals_command *command)
{
    struct mfals_option option;
    printf("    %s) options=\"", command->name);
    for (int i = 0; mfals_option(&option, command->name, i); i++)
        printf("--%s ", option.name);
    printf("\" ;;\n");
}

static void put_choices(const struct mfals_command *command)
{
    struct mfals_option option;
    for (int i = 0; mfals_option(&option, command->name, i); i++) {
        if (option.choices == NULL)
            continue;
        printf("    %s:--%s", command->name, option.name);
        if (option.key != 0)
            printf("|%s:-%c", command->name, option.key);
        printf(") choices=\"");
        for (int c = 0; option.choices[c] != NULL; c++)
            printf("%s ", option.choices[c]);
        printf("\" ;;\n");
    }
}

static void put_commands(const char *between)
{
    struct mfals_command command;
    for (int i = 0; mfals_command(&command, i); i++)
        printf("%s%s", i > 0 ? between : "", command.name);
}

static void put_completion(void)
{
    struct mfals_command command;
    printf("# bash completion for mfals\n_mfals() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=train "
           "options= "
           "choices= i\n"
           "    [[ $before == '=' ]] && before=${COMP_WORDS[COMP_CWORD - 2]}\n"
           "    [[ $word == '=' ]] && before=${COMP_WORDS[COMP_CWORD - 1]} word=\n"
           "    for ((i = 1; i < COMP_CWORD; i++)); do\n        case ${COMP_WORDS[i]} in\n        ");
    put_commands("|");
    printf(") command=${COMP_WORDS[i]}; break ;;\n        esac\n    done\n    case $command in\n");
    for (int i = 0; mfals_command(&command, i); i++)
        put_names(&command);
    printf("    esac\n    case $command:$before in\n");
    for (int i = 0; mfals_command(&command, i); i++)
        put_choices(&command);
    printf("    esac\n    if [[ -n $choices ]]; then\n"
           "        mapfile -t COMPREPLY < <(compgen -W \"$choices\" -- \"$word\")\n"
           "    elif [[ $word == -* ]]; then\n"
           "        mapfile -t COMPREPLY < <(compgen -W \"$options --help --version\" -- \"$word\")\n"
           "    elif ((COMP_CWORD == 1)); then\n"
           "        mapfile -t COMPREPLY < <(compgen -W \"");
    put_commands(" ");
    printf("\" -- \"$word\"; compgen -f -- \"$word\")\n    else\n"
           "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n    fi\n}\n"
           "complete -o filenames -F _mfals mfals\n");
}

int main(int argc, char **argv)
{
    struct mfals_command command;
    int i = 0;
    while (argc > 1 && mfals_command(&command, i) && strcmp(command.name, argv[1]) != 0)
        i++;
    if (argc > 1 && strcmp(argv[1], "--bash") == 0)
        put_completion();
    else if (argc > 1 && mfals_command(&command, i))
        put_command(&command);
    else
        put_all();
    return fflush(stdout) == 0 ? 0 : 74;
}
