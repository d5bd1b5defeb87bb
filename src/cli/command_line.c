#include "cli/command_line.h"

#include "api/config_file.h"
#include "api/options.h"
#include "base/memory.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_LONG_KEY = 256, DOCUMENT_SIZE = 256, GROUP_HEADERS = 4 };

static int key_of(int i)
{
    return option_table[i].key != 0 ? option_table[i].key : FIRST_LONG_KEY + i;
}

static bool belongs(int i, const struct command *command)
{
    return (option_table[i].commands & (int)command->bit) != 0;
}

static const struct option_row *find_by_key(const struct command *command, int key)
{
    for (int i = 0; i < option_count; i++)
        if (belongs(i, command) && key_of(i) == key)
            return &option_table[i];
    return NULL;
}

/* The option whose name, or whose only abbreviation, is name[0..length); *matches counts the candidates. */
static const struct option_row *find_by_prefix(const struct command *command, const char *name, size_t length,
                                               int *matches)
{
    const struct option_row *found = NULL;
    *matches = 0;
    for (int i = 0; i < option_count; i++) {
        if (!belongs(i, command) || strncmp(option_table[i].name, name, length) != 0)
            continue;
        found = &option_table[i];
        if (++*matches > 0 && found->name[length] == '\0') {
            *matches = 1;
            return found;
        }
    }
    return found;
}

/* What is wrong with a word that getopt refused; MFALS_OK if nothing is. */
static status explain_word(const struct command *command, const char *word, bool is_last)
{
    if (word[0] != '-' || word[1] == '\0')
        return MFALS_OK;
    if (word[1] != '-') {
        for (const char *c = word + 1; *c != '\0'; c++) {
            const struct option_row *option = find_by_key(command, (unsigned char)*c);
            if (option == NULL)
                return fail(MFALS_USAGE, "unknown option '-%c'", *c);
            if (option->argument != NULL)
                return is_last && c[1] == '\0' ? fail(MFALS_USAGE, "-%c: needs a value", *c) : MFALS_OK;
        }
        return MFALS_OK;
    }
    int matches;
    size_t length = strcspn(word + 2, "=");
    const struct option_row *option = find_by_prefix(command, word + 2, length, &matches);
    if (matches == 0)
        return fail(MFALS_USAGE, "unknown option '%s'", word);
    if (matches > 1)
        return fail(MFALS_USAGE, "'%s' may stand for several options", word);
    bool has_value = word[2 + length] == '=';
    if (option->argument == NULL && has_value)
        return fail(MFALS_USAGE, "--%s: takes no value", option->name);
    if (option->argument != NULL && !has_value && is_last)
        return fail(MFALS_USAGE, "--%s: needs a value", option->name);
    return MFALS_OK;
}

/* getopt has passed the word it stumbled over, unless that is a cluster of short options with more to come.
 */
static status explain(const struct command *command, const struct argp_state *state)
{
    int passed = state->next - 1;
    if (passed > 0)
        TRY(explain_word(command, state->argv[passed], state->next >= state->argc));
    if (state->next < state->argc)
        TRY(explain_word(command, state->argv[state->next], false));
    return fail(MFALS_USAGE, "the command line is wrong near '%s'", state->argv[passed]);
}

struct parse {
    struct settings *settings;
    status result;
};

static error_t parse_word(int key, char *text, struct argp_state *state)
{
    struct parse *parse = state->input;
    struct settings *settings = parse->settings;
    const struct option_row *option = find_by_key(settings->command, key);
    if (option != NULL) {
        parse->result = option_set(settings, option, text);
        return parse->result == MFALS_OK ? 0 : EINVAL;
    }
    if (key == ARGP_KEY_ARGS) {
        settings->words = state->argv + state->next;
        settings->word_count = state->argc - state->next;
        return 0;
    }
    if (key == ARGP_KEY_ERROR && parse->result == MFALS_OK)
        parse->result = explain(settings->command, state);
    return ARGP_ERR_UNKNOWN;
}

const char *command_line_title(const struct command *command, enum option_group group)
{
    static const char *const titles[] = {
        [GROUP_RATINGS] = "The ratings:", [GROUP_TEST] = "The test:", [GROUP_RUN] = "The run:"};
    return group == GROUP_MODEL ? command->subject : titles[group];
}

/* The table in argp's form: rows holds option_count + GROUP_HEADERS + 1, documents DOCUMENT_SIZE bytes an
 * option. */
static void convert_table(const struct command *command, struct argp_option *rows, char *documents)
{
    int count = 0;
    for (int i = 0; i < option_count; i++) {
        if (!belongs(i, command))
            continue;
        char *document = documents + (ptrdiff_t)i * DOCUMENT_SIZE;
        const struct option_row *option = &option_table[i];
        if (option->value != NULL)
            snprintf(document, DOCUMENT_SIZE, "%s (default %s)", option->help, option->value);
        else
            snprintf(document, DOCUMENT_SIZE, "%s", option->help);
        rows[count++] = (struct argp_option){.name = option->name,
                                             .key = key_of(i),
                                             .arg = option->argument,
                                             .doc = document,
                                             .group = (int)option->group};
    }
    struct argp_option *headers = rows + count;
    bool wanted[GROUP_HEADERS + 1] = {false};
    for (int i = 0; i < option_count; i++)
        wanted[option_table[i].group] |= belongs(i, command);
    for (int group = GROUP_MODEL; group <= GROUP_RUN; group++)
        if (wanted[group])
            *headers++ = (struct argp_option){.doc = command_line_title(command, (enum option_group)group),
                                              .group = group};
}

/* rows and documents are the caller's to free, and argp's as long as it is used. */
static status make_argp(const struct command *command, struct argp *argp, struct argp_option **rows,
                        char **documents)
{
    TRY(allocate(rows, option_count + GROUP_HEADERS + 1));
    TRY(allocate(documents, (int64_t)option_count * DOCUMENT_SIZE));
    convert_table(command, *rows, *documents);
    *argp = (struct argp){
        .options = *rows,
        .parser = parse_word,
        .args_doc = command->words,
        .doc = command->description,
    };
    return MFALS_OK;
}

status command_line_parse(struct settings *settings, int argc, char **argv)
{
    scoped struct argp_option *rows = NULL;
    scoped char *documents = NULL;
    struct argp argp;
    struct parse parse = {.settings = settings};
    TRY(make_argp(settings->command, &argp, &rows, &documents));
    error_t error = argp_parse(&argp, argc, argv, ARGP_NO_ERRS | ARGP_NO_EXIT | ARGP_NO_HELP, NULL, &parse);
    if (error == ENOMEM)
        return fail(MFALS_NO_MEMORY, "not enough memory to read the command line");
    if (error != 0 && parse.result == MFALS_OK)
        return fail(MFALS_USAGE, "the command line is wrong");
    return parse.result;
}

status command_line_help(const struct command *command)
{
    scoped struct argp_option *rows = NULL;
    scoped char *documents = NULL;
    struct argp argp;
    char copy[64]; /* argp wants one that it might change */
    TRY(make_argp(command, &argp, &rows, &documents));
    snprintf(copy, sizeof copy, "mfals %s", command->name);
    setenv("ARGP_HELP_FMT", "no-dup-args-note", 0);
    argp_help(&argp, stdout, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC, copy);
    return MFALS_OK;
}

/* The command line is read once to find the file, and once more to win over it. */
status settings_load(struct settings *settings, const struct comm *comm, const struct command *command,
                     int argc, char **argv)
{
    options_default(settings, command);
    TRY(agree(comm, command_line_parse(settings, argc, argv)));
    if (settings->show != SHOW_NOTHING)
        return MFALS_OK;
    if (settings->config != NULL) {
        const char *path = settings->config;
        options_default(settings, command);
        TRY(config_file_read(settings, comm, path));
        TRY(agree(comm, command_line_parse(settings, argc, argv)));
    }
    return agree(comm, settings_settle(settings));
}
