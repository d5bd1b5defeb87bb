#include "api/handles.h"
#include "base/memory.h"
#include "base/number.h"
#include "comm/same_words.h"
#include "options/config_file.h"
#include "options/files_apart.h"
#include "options/option_values.h"
#include "store/durable.h"

#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum mfals_status mfals_options_new(struct mfals_options **options, struct mfals_context *context,
                                    const char *command)
{
    struct lib_call call = lib_enter(context);
    *options = NULL;
    if (command == NULL)
        return lib_leave(&call, lib_need(command, 1, "command"));
    const struct command *found = command_find(command);
    if (found == NULL)
        return lib_leave(&call, fail(MFALS_USAGE, "there is no command '%s'", command));
    status done = allocate(options, 1);
    if (done == MFALS_OK) {
        (*options)->context = context;
        (*options)->inputs.command = found;
    }
    return lib_leave(&call, done);
}

/* Takes over text, also on failure. */
static status keep_text(struct mfals_options *options, char *text)
{
    status kept =
        memory_grow(&options->texts, &options->capacity, options->count + 1, sizeof *options->texts);
    if (kept == MFALS_OK)
        options->texts[options->count++] = text;
    else
        memory_free(text);
    return kept;
}

/* A training that is prepared goes by the options as they were then. */
static status check_open(const struct mfals_options *options)
{
    return options->prepared ? fail(MFALS_USAGE, "a training with these options is prepared: they are fixed")
                             : MFALS_OK;
}

status lib_find_option(const struct option_row **row, const struct mfals_options *options, const char *name)
{
    TRY(lib_need(name, 1, "the name of an option"));
    *row = option_find(name, options->inputs.command->bit);
    if (*row == NULL || (*row)->kind == OPTION_OF_PROGRAM)
        return fail(MFALS_USAGE, "unknown option '%s'", name);
    return MFALS_OK;
}

static status set(struct mfals_options *options, const char *name, const char *value)
{
    const struct option_row *row;
    char *copy = NULL;
    TRY(check_open(options));
    TRY(lib_find_option(&row, options, name));
    if (value != NULL) {
        TRY(lib_copy(&copy, value));
        TRY(keep_text(options, copy));
    }
    if (value == NULL && row->argument != NULL)
        return fail(MFALS_USAGE, "--%s: needs a value", name);
    options->resolved = false;
    return option_give(&options->inputs, row, copy);
}

enum mfals_status mfals_options_set(struct mfals_options *options, const char *name, const char *value)
{
    struct lib_call call = lib_enter(options->context);
    return lib_leave(&call, set(options, name, value));
}

/* [local] Whether text that is an integer may be a value of the option; each says which. */
static bool takes_integers(const struct option_row *row)
{
    enum mfals_option_type type = lib_option_type(row);
    return type == MFALS_OPTION_INT || type == MFALS_OPTION_REAL || row->kind == OPTION_CUTOFFS ||
           row->kind == OPTION_REPLICA || row->kind == OPTION_INTERVAL;
}

/* text: what value is, of that type */
static status set_typed(struct mfals_options *options, const char *name, enum mfals_option_type type,
                        const char *text)
{
    static const char *const types[] = {
        [MFALS_OPTION_INT] = "an integer", [MFALS_OPTION_REAL] = "a number", [MFALS_OPTION_FLAG] = "a flag"};
    const struct option_row *row;
    TRY(lib_find_option(&row, options, name));
    if (lib_option_type(row) != type && !(type == MFALS_OPTION_INT && takes_integers(row)))
        return fail(MFALS_USAGE, "--%s: its value is not %s", name, types[type]);
    return set(options, name, text);
}

enum mfals_status mfals_options_set_int(struct mfals_options *options, const char *name, int64_t value)
{
    struct lib_call call = lib_enter(options->context);
    char text[MFALS_NUMBER_SIZE];
    snprintf(text, sizeof text, "%" PRId64, value);
    return lib_leave(&call, set_typed(options, name, MFALS_OPTION_INT, text));
}

enum mfals_status mfals_options_set_real(struct mfals_options *options, const char *name, double value)
{
    struct lib_call call = lib_enter(options->context);
    char text[MFALS_NUMBER_SIZE];
    snprintf(text, sizeof text, "%.17g", value); /* read back to the same bits */
    return lib_leave(&call, set_typed(options, name, MFALS_OPTION_REAL, text));
}

enum mfals_status mfals_options_set_flag(struct mfals_options *options, const char *name, int on)
{
    struct lib_call call = lib_enter(options->context);
    return lib_leave(&call, set_typed(options, name, MFALS_OPTION_FLAG, on ? "yes" : "no"));
}

/* [local] The file that options came from is not to be written over. */
static status note_config(struct mfals_options *options, const char *path)
{
    char *copy;
    TRY(lib_copy(&copy, path));
    options->inputs.config_file = copy;
    return keep_text(options, copy);
}

/* [collective] On failure the options are what they were. */
static status read_file(struct mfals_options *options, const char *path)
{
    const struct comm *comm = &options->context->comm;
    const struct option_inputs before = options->inputs;
    char *values;
    TRY(lib_need_path(options->context, path));
    TRY(check_open(options));
    TRY(agree(comm, memory_grow(&options->texts, &options->capacity, options->count + 1,
                                sizeof *options->texts))); /* what inputs point to cannot fail to be kept */
    status done = config_file_read(&options->inputs, &values, comm, path);
    if (values != NULL)
        options->texts[options->count++] = values;
    if (done == MFALS_OK)
        done = agree(comm, note_config(options, path));
    if (done != MFALS_OK)
        options->inputs = before;
    options->resolved = false;
    return done;
}

enum mfals_status mfals_options_read(struct mfals_options *options, const char *path)
{
    struct lib_call call = lib_enter(options->context);
    return lib_leave(&call, read_file(options, path));
}

status lib_set_operands(struct mfals_options *options, const char *const *words, int count)
{
    struct option_inputs *inputs = &options->inputs;
    TRY(lib_need_texts(words, count, "words"));
    TRY(check_open(options));
    memory_free(options->operands);
    options->resolved = false;
    inputs->operand_count = 0;
    TRY(allocate(&options->operands, count));
    inputs->operands = options->operands;
    for (int i = 0; i < count; i++) {
        TRY(lib_copy(&options->operands[i], words[i]));
        TRY(keep_text(options, options->operands[i]));
        inputs->operand_count++;
    }
    return MFALS_OK;
}

enum mfals_status mfals_options_operands(struct mfals_options *options, const char *const *words, int count)
{
    struct lib_call call = lib_enter(options->context);
    return lib_leave(&call, lib_set_operands(options, words, count));
}

status lib_resolve(struct mfals_options *options)
{
    if (!options->resolved)
        TRY(run_config_resolve(&options->config, &options->inputs));
    options->resolved = true;
    return MFALS_OK;
}

/* [local] The options in force, each as it would be given, and the words, one after the other with their NULs. text:
 * room for `room` bytes. Returns how many they take. */
static int64_t write_out(char *text, int64_t room, const struct run_config *config)
{
    struct attribute attribute;
    char number[MFALS_NUMBER_SIZE];
    int64_t used = 0;
    for (int i = 0; i < option_count + config->operand_count; i++) {
        const char *name = "", *value = "";
        if (i < option_count) {
            if (!option_in_force(&attribute, config, &option_table[i]))
                continue;
            const struct mfals_value in_force = lib_value(&attribute);
            name = in_force.name;
            value = mfals_value_text(&in_force, number);
        } else {
            value = config->operands[i - option_count];
        }
        used += 1 + snprintf(text + number_min(used, room), (size_t)number_max(0, room - used), "%s%s%s%s",
                             name[0] != '\0' ? "--" : "", name, name[0] != '\0' ? " " : "", value);
    }
    return used;
}

/* [collective] */
static status check_same(const struct comm *comm, const struct run_config *config)
{
    scoped char *text = NULL;
    int64_t room = write_out(NULL, 0, config);
    TRY(allocate_on_all(comm, &text, room));
    return same_words(comm, text, write_out(text, room, config), "options");
}

enum mfals_status mfals_options_check(struct mfals_options *options)
{
    const struct comm *comm = &options->context->comm;
    struct lib_call call = lib_enter(options->context);
    status done = agree(comm, lib_resolve(options));
    if (done == MFALS_OK)
        done = check_same(comm, &options->config);
    if (done == MFALS_OK)
        done = files_check_apart(comm, &options->config, NULL, NULL);
    return lib_leave(&call, done);
}

void lib_drop_checkpoints(struct mfals_options *options)
{
    checkpoints_close(&options->waiting);
    options->waiting = (struct checkpoints){0};
    hold_release(&options->output);
    options->prepared = false;
    stop_at(INFINITY, "");
}

void mfals_options_free(struct mfals_options **options)
{
    struct mfals_options *old = *options;
    if (old == NULL)
        return;
    if (old->prepared) {
        struct lib_call call = lib_enter(old->context);
        lib_drop_checkpoints(old);
        lib_leave(&call, MFALS_OK);
    }
    hold_release(&old->output);
    hold_release(&old->log);
    for (int64_t i = 0; i < old->count; i++)
        memory_free(old->texts[i]);
    memory_free(old->texts);
    memory_free(old->operands);
    memory_free(old);
    *options = NULL;
}

/* [local] Rank 0's log may be where other nodes see nothing. */
static status hold_log(struct hold **hold, const char *path)
{
    scoped char *copy = NULL; /* dirname changes its argument */
    struct stat there;
    bool exists = stat(path, &there) == 0;
    TRY(lib_copy(&copy, path));
    if ((exists && !S_ISREG(there.st_mode)) || access(dirname(copy), W_OK) != 0)
        return MFALS_OK;
    return durable_hold(hold, path, NULL);
}

enum mfals_status mfals_hold_log(struct mfals_options *options)
{
    struct lib_call call = lib_enter(options->context);
    const struct comm *comm = &options->context->comm;
    const struct option_row *row = option_find("log-json", options->inputs.command->bit);
    const char *path = row != NULL ? options->inputs.text[row - option_table] : NULL;
    status held = MFALS_OK;
    if (path != NULL && comm->rank == 0 && options->log == NULL)
        held = hold_log(&options->log, path);
    return lib_leave(&call, agree(comm, held));
}

status lib_config(const struct run_config **config, struct run_config *defaults,
                  struct mfals_options *options, int commands)
{
    const struct command *wanted = command_table;
    while (((int)wanted->bit & commands) == 0)
        wanted++;
    if (options == NULL) {
        *config = defaults;
        return run_config_resolve(defaults, &(struct option_inputs){.command = wanted});
    }
    TRY(lib_need_ranks(options->context));
    if (((int)options->inputs.command->bit & commands) == 0)
        return fail(MFALS_USAGE, "the options are of '%s', not of '%s'", options->inputs.command->name,
                    wanted->name);
    *config = &options->config;
    return lib_resolve(options);
}
