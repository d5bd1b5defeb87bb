/* The commands of mfals, to which options belong. To add one: a bit here, a row in commands.c, what it does in
 * include/mfals and api, cli/<name>.c, a row in cli/dispatch.c, a test.
 *
 *     const struct command *command = command_find("train");
 */
#ifndef OPTIONS_COMMANDS_H
#define OPTIONS_COMMANDS_H

/* Bits: a row of the option table names the commands it belongs to. */
enum command_bit {
    FOR_TRAIN = 1,
    FOR_EVALUATE = 2,
    FOR_RECOMMEND = 4,
    FOR_SIMILAR = 8,
    FOR_CONVERT = 16,
    FOR_GENERATE = 32,
    FOR_INFO = 64,
    FOR_CHECK = 128,
    FOR_PLAN = 256,
    FOR_ALL = 511
};

struct command {
    const char *name;
    enum command_bit bit;
    int words_min, words_max; /* how many words besides options; words_max 0: any number, -1: none */
    const char *words;        /* what they are, for the usage line */
    const char *needs;        /* options without which it does nothing, with a blank behind; "": none */
    const char *summary;      /* a line of mfals --help */
    const char *subject;      /* heads the first group of options in its own help */
    const char *description;  /* heads that help */
};

extern const struct command command_table[];
extern const int command_count;

/* [local] NULL if there is none of that name. */
const struct command *command_find(const char *name);

#endif
