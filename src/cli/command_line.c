#include "cli/command_line.h"

#include "base/memory.h"
#include "cli/options.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_LONG_KEY = 256, DOCUMENT_SIZE = 256, GROUP_HEADERS = 3 };

static int key_of(int i)
{
    return option_table[i].key != 0 ? option_table[i].key : FIRST_LONG_KEY + i;
}

static const struct option_row *find_by_key(int key)
{
    for (int i = 0; i < option_count; i++)
        if (key_of(i) == key)
            return &option_table[i];
    return NULL;
}

/* The option whose name, or whose only abbreviation, is name[0..length); *matches counts the candidates. */
static const struct option_row *find_by_prefix(const char *name, size_t length, int *matches)
{
    const struct option_row *found = NULL;
    *matches = 0;
    for (int i = 0; i < option_count; i++) {
        if (strncmp(option_table[i].name, name, length) != 0)
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
static status explain_word(const char *word, bool is_last)
{
    if (word[0] != '-' || word[1] == '\0')
        return MFALS_OK;
    if (word[1] != '-') {
        for (const char *c = word + 1; *c != '\0'; c++) {
            const struct option_row *option = find_by_key((unsigned char)*c);
            if (option == NULL)
                return fail(MFALS_USAGE, "unknown option '-%c'", *c);
            if (option->argument != NULL)
                return is_last && c[1] == '\0' ? fail(MFALS_USAGE, "-%c: needs a value", *c) : MFALS_OK;
        }
        return MFALS_OK;
    }
    int matches;
    size_t length = strcspn(word + 2, "=");
    const struct option_row *option = find_by_prefix(word + 2, length, &matches);
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
static status explain(const struct argp_state *state)
{
    int passed = state->next - 1;
    if (passed > 0)
        TRY(explain_word(state->argv[passed], state->next >= state->argc));
    if (state->next < state->argc)
        TRY(explain_word(state->argv[state->next], false));
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
    const struct option_row *option = find_by_key(key);
    if (option != NULL) {
        parse->result = option_set(settings, option, text);
        return parse->result == MFALS_OK ? 0 : EINVAL;
    }
    if (key == ARGP_KEY_ARGS) {
        settings->ratings.paths = state->argv + state->next;
        settings->ratings.path_count = state->argc - state->next;
        return 0;
    }
    if (key == ARGP_KEY_ERROR && parse->result == MFALS_OK)
        parse->result = explain(state);
    return ARGP_ERR_UNKNOWN;
}

/* The table in argp's form: rows holds option_count + GROUP_HEADERS + 1, documents DOCUMENT_SIZE bytes an
 * option. */
static void convert_table(struct argp_option *rows, char *documents)
{
    for (int i = 0; i < option_count; i++) {
        char *document = documents + (ptrdiff_t)i * DOCUMENT_SIZE;
        const struct option_row *option = &option_table[i];
        if (option->value != NULL)
            snprintf(document, DOCUMENT_SIZE, "%s (default %s)", option->help, option->value);
        else
            snprintf(document, DOCUMENT_SIZE, "%s", option->help);
        rows[i] = (struct argp_option){.name = option->name,
                                       .key = key_of(i),
                                       .arg = option->argument,
                                       .doc = document,
                                       .group = (int)option->group};
    }
    struct argp_option *headers = rows + option_count;
    headers[0] = (struct argp_option){.doc = "The model:", .group = GROUP_MODEL};
    headers[1] = (struct argp_option){.doc = "The ratings:", .group = GROUP_RATINGS};
    headers[2] = (struct argp_option){.doc = "The run:", .group = GROUP_RUN};
}

/* rows and documents are the caller's to free, and argp's as long as it is used. */
static status make_argp(struct argp *argp, struct argp_option **rows, char **documents)
{
    TRY(allocate(rows, option_count + GROUP_HEADERS + 1));
    TRY(allocate(documents, (int64_t)option_count * DOCUMENT_SIZE));
    convert_table(*rows, *documents);
    *argp = (struct argp){
        .options = *rows,
        .parser = parse_word,
        .args_doc = "[RATINGS...]",
        .doc = "Fits a factor model to ratings: files, also compressed, or folders of files; \"user item "
               "rating\" a "
               "line. Without any, to the sample that comes with mfals.",
    };
    return MFALS_OK;
}

status command_line_parse(struct settings *settings, int argc, char **argv)
{
    scoped struct argp_option *rows = NULL;
    scoped char *documents = NULL;
    struct argp argp;
    struct parse parse = {.settings = settings};
    TRY(make_argp(&argp, &rows, &documents));
    error_t error = argp_parse(&argp, argc, argv, ARGP_NO_ERRS | ARGP_NO_EXIT | ARGP_NO_HELP, NULL, &parse);
    if (error == ENOMEM)
        return fail(MFALS_NO_MEMORY, "not enough memory to read the command line");
    if (error != 0 && parse.result == MFALS_OK)
        return fail(MFALS_USAGE, "the command line is wrong");
    return parse.result;
}

status command_line_help(const char *name)
{
    scoped struct argp_option *rows = NULL;
    scoped char *documents = NULL;
    struct argp argp;
    char copy[64]; /* argp wants one that it might change */
    TRY(make_argp(&argp, &rows, &documents));
    snprintf(copy, sizeof copy, "%s", name);
    setenv("ARGP_HELP_FMT", "no-dup-args-note", 0);
    argp_help(&argp, stdout, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC, copy);
    return MFALS_OK;
}
