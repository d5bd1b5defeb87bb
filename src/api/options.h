/* The option table: what the command line, the file of --config, the help and the list of options in force
 * know. To add an option: a row in options.c, and a field of struct settings that it fills.
 *
 *     for (int i = 0; i < option_count; i++)
 *         if (option_table[i].commands & FOR_TRAIN)
 *             printf("--%s  %s\n", option_table[i].name, option_table[i].help);
 *     TRY(option_set(&settings, option_find("factors", FOR_TRAIN), "32"));
 */
#ifndef API_OPTIONS_H
#define API_OPTIONS_H

#include "api/settings.h"
#include "store/model_file.h"

#include <stdbool.h>
#include <stddef.h>

enum option_kind {
    OPTION_INT,        /* int from low to high */
    OPTION_LONG,       /* uint64_t from low to high, at most 2^63 - 1 */
    OPTION_REAL,       /* finite double from low to high */
    OPTION_TEXT,       /* const char *, not empty */
    OPTION_CHOICE,     /* enum: the place in choices */
    OPTION_WORD,       /* const char *: one of choices */
    OPTION_FLAG,       /* int, set to `sets` */
    OPTION_SWITCH,     /* bool */
    OPTION_INIT,       /* uniform:WIDTH or normal:SD, to solve.init and solve.init_scale */
    OPTION_TOPS,       /* ascending numbers, to evaluation.tops and evaluation.top_count */
    OPTION_REPLICA,    /* int: node, rank or a number of ranks */
    OPTION_DURATION,   /* struct duration: 90s, 10m, 3h55m, or 0 */
    OPTION_INTERVAL,   /* struct interval: iterations, a duration, or both with a comma between */
    OPTION_OF_PROGRAM, /* none: for who reads a command line */
};

/* What a run that is taken up again may have otherwise than before. */
enum on_resume {
    RESUME_SAME,      /* nothing: it shapes the factors */
    RESUME_WITH_STOP, /* anything, unless --early-stop goes by it */
    RESUME_ANY        /* anything, or what matters is told by the ratings' digest */
};

/* What an option's text names, if it is a file. */
enum option_file {
    NO_FILE,
    FILE_READ,    /* or a folder of files */
    FILE_RESUMED, /* a checkpoint to be read, unless it is a word */
    FILE_WRITTEN,
    FOLDER_WRITTEN
};

enum option_group { GROUP_MODEL = 1, GROUP_RATINGS, GROUP_TEST, GROUP_RUN };

/* Bits: the algorithms that an option of train has a meaning for. */
enum { IALS = 1 << ALGORITHM_IALS, ALS = 1 << ALGORITHM_ALS, SGD = 1 << ALGORITHM_SGD };

struct option_row {
    const char *name;
    int key; /* the short name, or 0 */
    const char *argument;
    int commands; /* of enum command_bit; a name occurs once for a command */
    enum option_group group;
    enum option_kind kind;
    size_t field;             /* where in struct settings */
    size_t given;             /* where in struct settings a bool tells that the user set it; 0: nowhere */
    int algorithms;           /* 0: all; needs `given` */
    const char *value;        /* the default; NULL: none, or what `help` says */
    const char *recorded;     /* its attribute in the model file; NULL: it doesn't shape the model */
    enum on_resume on_resume; /* of those that are recorded */
    double low, high;
    bool above_low, below_high; /* low, or high, itself is not allowed */
    int sets;
    enum option_file file;
    const char *const *choices;               /* ends with NULL */
    bool (*applies)(const struct settings *); /* whether it has a value at all; NULL: always */
    const char *hint;                         /* behind what is wrong with a value; or NULL */
    const char *help;
};

extern const struct option_row option_table[];
extern const int option_count;

/* [local] The row of a name for a command; NULL if there is none. */
const struct option_row *option_find(const char *name, enum command_bit command);

/* [local] The title of a group in a command's help. */
const char *option_title(const struct command *command, enum option_group group);

/* [local] Sets an option from text (NULL, "yes" or "no" for a flag or a switch). Text is kept by reference.
 * MFALS_USAGE with "--name: 'text' is not ..." for anything but a valid value. */
status option_set(struct settings *settings, const struct option_row *option, const char *text);

/* [local] Whether the user set it; false for rows that don't tell. */
bool option_given(const struct settings *settings, const struct option_row *option);

/* [local] Whether a flag is the one in force of those that set its field. */
bool option_is_on(const struct settings *settings, const struct option_row *flag);

/* [local] All options of a command at their defaults, nothing given. */
void options_default(struct settings *settings, const struct command *command);

/* [local] The option's value in force, under its own name; false if it has none. Texts point into settings. */
bool option_in_force(struct attribute *value, const struct settings *settings,
                     const struct option_row *option);

#endif
