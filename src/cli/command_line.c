#include "cli/command_line.h"

#include "cli/nearest.h"
#include "cli/screen.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_LONG_KEY = 256, DOCUMENT_SIZE = 256, MAX_OPTIONS = 64, MAX_GROUPS = 8 };

struct parse {
    struct program *program;
    enum ask *ask;
    const char **config;
    enum mfals_status result;
};

static int key_of(const struct mfals_option *option, int i)
{
    return option->key != 0 ? option->key : FIRST_LONG_KEY + i;
}

static bool find_by_key(struct mfals_option *option, const struct program *program, int key)
{
    for (int i = 0; mfals_option(option, program->command.name, i); i++)
        if (key_of(option, i) == key)
            return true;
    return false;
}

/* The option whose name, or whose only abbreviation, is name[0..length). Returns how many there might be. */
static int find_by_prefix(struct mfals_option *found, const struct program *program, const char *name,
                          size_t length)
{
    struct mfals_option option;
    int matches = 0;
    for (int i = 0; mfals_option(&option, program->command.name, i); i++) {
        if (strncmp(option.name, name, length) != 0)
            continue;
        *found = option;
        matches++;
        if (option.name[length] == '\0')
            return 1;
    }
    return matches;
}

/* What is wrong with a cluster of short options that getopt refused; MFALS_OK if nothing is. */
static enum mfals_status explain_cluster(const struct program *program, const char *word, bool is_last)
{
    struct mfals_option option;
    for (const char *c = word + 1; *c != '\0'; c++) {
        if (!find_by_key(&option, program, (unsigned char)*c))
            return FAIL(program, MFALS_USAGE, "unknown option '-%c'; mfals %s --help lists them", *c,
                        program->command.name);
        if (option.argument != NULL)
            return is_last && c[1] == '\0' ? FAIL(program, MFALS_USAGE, "-%c: needs a value", *c) : MFALS_OK;
    }
    return MFALS_OK;
}

/* With the option that was meant, if one is near. */
static enum mfals_status unknown_option(const struct program *program, const char *word, size_t length)
{
    static const char *const ranks[] = {"threads", "num-threads", "workers", "jobs"};
    struct mfals_option option;
    struct nearest nearest = nearest_to(word + 2, length);
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
        if (strlen(ranks[i]) == length && strncmp(word + 2, ranks[i], length) == 0)
            return FAIL(program, MFALS_USAGE, "unknown option '%s': mpirun -np N starts N ranks", word);
    for (int i = 0; mfals_option(&option, program->command.name, i); i++)
        nearest_try(&nearest, option.name);
    if (nearest.name != NULL)
        return FAIL(program, MFALS_USAGE, "unknown option '%s'; did you mean --%s?", word, nearest.name);
    return FAIL(program, MFALS_USAGE, "unknown option '%s'; mfals %s --help lists them", word,
                program->command.name);
}

/* The same of any word. */
static enum mfals_status explain_word(const struct program *program, const char *word, bool is_last)
{
    if (word[0] != '-' || word[1] == '\0')
        return MFALS_OK;
    if (word[1] != '-')
        return explain_cluster(program, word, is_last);
    struct mfals_option option = {0};
    size_t length = strcspn(word + 2, "=");
    int matches = find_by_prefix(&option, program, word + 2, length);
    if (matches == 0)
        return unknown_option(program, word, length);
    if (matches > 1)
        return FAIL(program, MFALS_USAGE, "'%s' may stand for several options", word);
    bool has_value = word[2 + length] == '=';
    if (option.argument == NULL && has_value)
        return FAIL(program, MFALS_USAGE, "--%s: takes no value", option.name);
    if (option.argument != NULL && !has_value && is_last)
        return FAIL(program, MFALS_USAGE, "--%s: needs a value", option.name);
    return MFALS_OK;
}

/* getopt has passed the word it stumbled over, unless that is a cluster of short options with more to come. */
static enum mfals_status explain(const struct program *program, const struct argp_state *state)
{
    int passed = state->next - 1;
    if (passed > 0)
        TRY(explain_word(program, state->argv[passed], state->next >= state->argc));
    if (state->next < state->argc)
        TRY(explain_word(program, state->argv[state->next], false));
    return FAIL(program, MFALS_USAGE, "the command line is wrong near '%s'", state->argv[passed]);
}

static enum mfals_status take_ranks(const struct program *program, const char *text)
{
    char *end;
    errno = 0;
    long ranks = strtol(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || ranks < 1 || ranks > INT_MAX)
        return FAIL(program, MFALS_USAGE, "--ranks: '%s' is not an integer from 1 to %d", text, INT_MAX);
    program->launch->meant = (int)ranks;
    return MFALS_OK;
}

static enum mfals_status take(struct parse *parse, const struct mfals_option *option, const char *text)
{
    if (!option->of_program)
        return mfals_options_set(parse->program->options, option->name, text);
    if (strcmp(option->name, "ranks") == 0)
        return take_ranks(parse->program, text);
    if (strcmp(option->name, "config") == 0) {
        if (text[0] == '\0')
            return FAIL(parse->program, MFALS_USAGE, "--config: needs a value that is not empty");
        *parse->config = text;
    } else {
        *parse->ask = strcmp(option->name, "help") == 0 ? ASK_HELP : ASK_VERSION;
    }
    return MFALS_OK;
}

static error_t parse_word(int key, char *text, struct argp_state *state)
{
    struct parse *parse = state->input;
    struct program *program = parse->program;
    struct mfals_option option;
    if (find_by_key(&option, program, key)) {
        parse->result = take(parse, &option, text);
        return parse->result == MFALS_OK ? 0 : EINVAL;
    }
    if (key == ARGP_KEY_ARGS) {
        program->words = state->argv + state->next;
        program->word_count = state->argc - state->next;
        return 0;
    }
    if (key == ARGP_KEY_ERROR && parse->result == MFALS_OK)
        parse->result = explain(program, state);
    return ARGP_ERR_UNKNOWN;
}

/* The library's table in argp's form. */
struct table {
    struct argp_option rows[MAX_OPTIONS + MAX_GROUPS + 1];
    char documents[MAX_OPTIONS][DOCUMENT_SIZE], usage[DOCUMENT_SIZE];
    struct argp argp;
};

static void make_table(struct table *table, const struct program *program)
{
    struct mfals_option option;
    const char *titles[MAX_GROUPS + 1] = {NULL};
    int count = 0;
    *table = (struct table){.argp = {.options = table->rows,
                                     .parser = parse_word,
                                     .args_doc = table->usage,
                                     .doc = program->command.description}};
    snprintf(table->usage, sizeof table->usage, "%s%s", program->command.needs, program->command.words);
    for (; count < MAX_OPTIONS && mfals_option(&option, program->command.name, count); count++) {
        char *document = table->documents[count];
        if (option.value != NULL)
            snprintf(document, DOCUMENT_SIZE, "%s (default %s)", option.help, option.value);
        else
            snprintf(document, DOCUMENT_SIZE, "%s", option.help);
        table->rows[count] = (struct argp_option){.name = option.name,
                                                  .key = key_of(&option, count),
                                                  .arg = option.argument,
                                                  .doc = document,
                                                  .group = option.group};
        titles[option.group] = option.title;
    }
    for (int group = 1; group <= MAX_GROUPS; group++)
        if (titles[group] != NULL)
            table->rows[count++] = (struct argp_option){.doc = titles[group], .group = group};
}

enum mfals_status command_line_parse(struct program *program, enum ask *ask, const char **config, int argc,
                                     char **argv)
{
    struct table *table = malloc(sizeof *table);
    struct parse parse = {.program = program, .ask = ask, .config = config};
    if (table == NULL)
        return FAIL(program, MFALS_NO_MEMORY, "not enough memory to read the command line");
    make_table(table, program);
    error_t error =
        argp_parse(&table->argp, argc, argv, ARGP_NO_ERRS | ARGP_NO_EXIT | ARGP_NO_HELP, NULL, &parse);
    free(table);
    if (error == ENOMEM)
        return FAIL(program, MFALS_NO_MEMORY, "not enough memory to read the command line");
    if (error != 0 && parse.result == MFALS_OK)
        return FAIL(program, MFALS_USAGE, "the command line is wrong");
    return parse.result;
}

enum mfals_status command_line_help(const struct program *program)
{
    struct table *table = malloc(sizeof *table);
    char name[64]; /* argp wants one that it might change */
    if (table == NULL)
        return FAIL(program, MFALS_NO_MEMORY, "not enough memory for the help");
    make_table(table, program);
    snprintf(name, sizeof name, "mfals %s", program->command.name);
    setenv("ARGP_HELP_FMT", "no-dup-args-note", 0);
    argp_help(&table->argp, stdout, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC, name);
    free(table);
    return MFALS_OK;
}

/* [local] */
static enum mfals_status options_new(struct program *program)
{
    return mfals_options_new(&program->options, program->context, program->command.name);
}

/* [local] */
static enum mfals_status check_ranks(struct program *program)
{
    program->speaks = launch_speaks(program->launch, program->rank, program->size);
    screen_open(program->speaks, SCREEN_NORMAL);
    if (program->is_alone && !program->needs_ranks)
        return MFALS_OK;
    TRY(launch_check(program->launch, program->context, program->is_alone ? 0 : program->size));
    if (!program->is_alone)
        launch_warn(program->launch, program->size);
    return MFALS_OK;
}

/* The command line is read once to find the file, and once more to win over it. */
enum mfals_status command_line_load(struct program *program, enum ask *ask, int argc, char **argv)
{
    struct mfals_context *context = program->context;
    const char *config = NULL;
    TRY(mfals_agree(context, options_new(program)));
    TRY(mfals_agree(context, command_line_parse(program, ask, &config, argc, argv)));
    if (*ask != ASK_NOTHING)
        return MFALS_OK;
    TRY(check_ranks(program));
    if (config != NULL && program->needs_ranks)
        return MFALS_OK; /* it may be a pipe, which can be read but once */
    if (config != NULL) {
        mfals_options_free(&program->options);
        TRY(mfals_agree(context, options_new(program)));
        TRY(mfals_options_read(program->options, config));
        TRY(mfals_agree(context, command_line_parse(program, ask, &config, argc, argv)));
    }
    TRY(mfals_agree(context, mfals_options_operands(program->options, (const char *const *)program->words,
                                                    program->word_count)));
    return mfals_options_check(program->options);
}
