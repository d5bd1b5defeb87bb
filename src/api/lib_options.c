#include "api/config_file.h"
#include "api/files_apart.h"
#include "api/lib.h"
#include "api/options.h"
#include "api/ratings_input.h"
#include "base/memory.h"
#include "base/number.h"
#include "comm/same_words.h"
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
    const struct command *found = command_find(command);
    *options = NULL;
    if (found == NULL)
        return lib_leave(&call, fail(MFALS_USAGE, "there is no command '%s'", command));
    status done = allocate(options, 1);
    if (done == MFALS_OK) {
        (*options)->context = context;
        options_default(&(*options)->settings, found);
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

static status find(const struct option_row **row, const struct mfals_options *options, const char *name)
{
    *row = option_find(name, options->settings.command->bit);
    if (*row == NULL || (*row)->kind == OPTION_OF_PROGRAM)
        return fail(MFALS_USAGE, "unknown option '%s'", name);
    return MFALS_OK;
}

static status set(struct mfals_options *options, const char *name, const char *value)
{
    const struct option_row *row;
    char *copy = NULL;
    TRY(check_open(options));
    TRY(find(&row, options, name));
    if (value != NULL) {
        TRY(lib_copy(&copy, value));
        TRY(keep_text(options, copy));
    }
    if (value == NULL && row->argument != NULL)
        return fail(MFALS_USAGE, "--%s: needs a value", name);
    return option_set(&options->settings, row, copy);
}

enum mfals_status mfals_options_set(struct mfals_options *options, const char *name, const char *value)
{
    struct lib_call call = lib_enter(options->context);
    return lib_leave(&call, set(options, name, value));
}

/* [local] The file that options came from is not to be written over. */
static status note_config(struct mfals_options *options, const char *path)
{
    char *copy;
    TRY(lib_copy(&copy, path));
    options->settings.config = copy;
    return keep_text(options, copy);
}

/* [collective] On failure the options are what they were. */
static status read_file(struct mfals_options *options, const char *path)
{
    const struct comm *comm = &options->context->comm;
    const struct settings before = options->settings;
    char *values;
    TRY(check_open(options));
    TRY(agree(comm, memory_grow(&options->texts, &options->capacity, options->count + 1,
                                sizeof *options->texts))); /* what settings point to cannot fail to be kept */
    status done = config_file_read(&options->settings, &values, comm, path);
    if (values != NULL)
        options->texts[options->count++] = values;
    if (done == MFALS_OK)
        done = agree(comm, note_config(options, path));
    if (done != MFALS_OK)
        options->settings = before;
    return done;
}

enum mfals_status mfals_options_read(struct mfals_options *options, const char *path)
{
    struct lib_call call = lib_enter(options->context);
    return lib_leave(&call, read_file(options, path));
}

/* [local] Words are copied, and those before them go out of use. */
static status set_words(struct mfals_options *options, const char *const *words, int count)
{
    struct settings *settings = &options->settings;
    TRY(check_open(options));
    memory_free(options->words);
    settings->word_count = 0;
    TRY(allocate(&options->words, count));
    settings->words = options->words;
    for (int i = 0; i < count; i++) {
        TRY(lib_copy(&options->words[i], words[i]));
        TRY(keep_text(options, options->words[i]));
        settings->word_count++;
    }
    return MFALS_OK;
}

enum mfals_status mfals_options_words(struct mfals_options *options, const char *const *words, int count)
{
    struct lib_call call = lib_enter(options->context);
    return lib_leave(&call, set_words(options, words, count));
}

status lib_choose_sample(struct mfals_options *options)
{
    struct settings *settings = &options->settings;
    char sample[4096];
    const char *const words[] = {sample};
    if (settings->word_count > 0)
        return MFALS_OK;
    if (settings->command->bit != FOR_TRAIN)
        return fail(MFALS_USAGE, "%s: no ratings are named", settings->command->name);
    ratings_input_sample(sample, sizeof sample);
    TRY(agree(&options->context->comm, set_words(options, words, 1)));
    if (!settings->has_duplicates)
        settings->ratings.duplicates = DUPLICATES_SUM;
    if (!settings->has_output)
        settings->output = "sample-model.h5";
    log_line("no ratings named: taking the sample %s%s", sample,
             settings->has_duplicates ? "" : " with --duplicates sum");
    return MFALS_OK;
}

/* options->settled <- the settings as they are now. */
static status settle(struct mfals_options *options)
{
    options->settled = options->settings;
    return settings_settle(&options->settled);
}

/* [local] The options in force, each as it would be given, and the words, one after the other with their NULs. text: room
 * for `room` bytes. Returns how many they take. */
static int64_t write_out(char *text, int64_t room, const struct settings *settings)
{
    struct attribute attribute;
    char number[MFALS_NUMBER_SIZE];
    int64_t used = 0;
    for (int i = 0; i < option_count + settings->word_count; i++) {
        const char *name = "", *value = "";
        if (i < option_count) {
            if (!option_in_force(&attribute, settings, &option_table[i]))
                continue;
            const struct mfals_value in_force = lib_value(&attribute);
            name = in_force.name;
            value = mfals_value_text(&in_force, number);
        } else {
            value = settings->words[i - option_count];
        }
        used += 1 + snprintf(text + number_min(used, room), (size_t)number_max(0, room - used), "%s%s%s%s",
                             name[0] != '\0' ? "--" : "", name, name[0] != '\0' ? " " : "", value);
    }
    return used;
}

/* [collective] */
static status check_same(const struct comm *comm, const struct settings *settings)
{
    scoped char *text = NULL;
    int64_t room = write_out(NULL, 0, settings);
    TRY(allocate_on_all(comm, &text, room));
    return same_words(comm, text, write_out(text, room, settings), "options");
}

enum mfals_status mfals_options_check(struct mfals_options *options)
{
    const struct comm *comm = &options->context->comm;
    struct lib_call call = lib_enter(options->context);
    status done = agree(comm, settle(options));
    if (done == MFALS_OK)
        done = check_same(comm, &options->settled);
    if (done == MFALS_OK)
        done = files_check_apart(comm, &options->settled, NULL);
    return lib_leave(&call, done);
}

struct mfals_value lib_value(const struct attribute *attribute)
{
    static const enum mfals_value_kind kinds[] = {
        [ATTRIBUTE_TEXT] = MFALS_TEXT, [ATTRIBUTE_INTEGER] = MFALS_INTEGER, [ATTRIBUTE_REAL] = MFALS_REAL};
    return (struct mfals_value){attribute->name, kinds[attribute->kind], attribute->text, attribute->integer,
                                attribute->real};
}

const char *mfals_value_text(const struct mfals_value *value, char number[MFALS_NUMBER_SIZE])
{
    if (value->kind == MFALS_TEXT)
        return value->text;
    if (value->kind == MFALS_INTEGER)
        snprintf(number, MFALS_NUMBER_SIZE, "%" PRId64, value->integer);
    else
        snprintf(number, MFALS_NUMBER_SIZE, "%.15g", value->real);
    return number;
}

int mfals_options_value(struct mfals_value *value, struct mfals_options *options, int i)
{
    struct attribute attribute;
    if (settle(options) != MFALS_OK)
        return 0;
    for (int r = 0; r < option_count; r++) {
        if (!option_in_force(&attribute, &options->settled, &option_table[r]) || i-- > 0)
            continue;
        *value = lib_value(&attribute);
        return 1;
    }
    return 0;
}

static status tell(const struct mfals_options *options, const char *name, char *text, size_t size)
{
    const struct option_row *row;
    struct attribute attribute;
    struct settings settings = options->settings;
    char number[MFALS_NUMBER_SIZE];
    const char *value = "";
    TRY(find(&row, options, name));
    TRY(settings_settle(&settings));
    if (row->kind == OPTION_FLAG) {
        value = option_is_on(&settings, row) ? "yes" : "no";
    } else if (option_in_force(&attribute, &settings, row)) {
        const struct mfals_value in_force = lib_value(&attribute);
        value = mfals_value_text(&in_force, number);
    }
    int length = snprintf(text, size, "%s", value);
    return (size_t)length < size ? MFALS_OK
                                 : fail(MFALS_USAGE, "--%s: its value takes %d bytes", name, length + 1);
}

enum mfals_status mfals_options_get(const struct mfals_options *options, const char *name, char *text,
                                    size_t size)
{
    struct lib_call call = lib_enter(options->context);
    return lib_leave(&call,
                     size == 0 ? fail(MFALS_USAGE, "--%s: no room", name) : tell(options, name, text, size));
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
    memory_free(old->words);
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
    const char *path = options->settings.log_json;
    status held = MFALS_OK;
    if (path != NULL && comm->rank == 0 && options->log == NULL)
        held = hold_log(&options->log, path);
    return lib_leave(&call, agree(comm, held));
}

int mfals_command(struct mfals_command *command, int i)
{
    if (i >= command_count)
        return 0;
    const struct command *row = &command_table[i];
    *command = (struct mfals_command){.name = row->name,
                                      .summary = row->summary,
                                      .description = row->description,
                                      .words = row->words,
                                      .needs = row->needs,
                                      .words_min = row->words_min,
                                      .words_max = row->words_max};
    return 1;
}

int mfals_option(struct mfals_option *option, const char *command, int i)
{
    const struct command *found = command_find(command);
    for (int r = 0; found != NULL && r < option_count; r++) {
        const struct option_row *row = &option_table[r];
        if ((row->commands & (int)found->bit) == 0 || i-- > 0)
            continue;
        *option = (struct mfals_option){.name = row->name,
                                        .key = (char)row->key,
                                        .argument = row->argument,
                                        .value = row->value,
                                        .help = row->help,
                                        .choices = row->choices,
                                        .group = (int)row->group,
                                        .title = option_title(found, row->group),
                                        .of_program = row->kind == OPTION_OF_PROGRAM};
        return 1;
    }
    return 0;
}

status lib_settings(struct settings *settings, const struct mfals_options *options, int commands)
{
    const struct command *wanted = command_table;
    if (options != NULL)
        TRY(lib_need_ranks(options->context));
    while (((int)wanted->bit & commands) == 0)
        wanted++;
    if (options == NULL)
        options_default(settings, wanted);
    else if (((int)options->settings.command->bit & commands) == 0)
        return fail(MFALS_USAGE, "the options are of '%s', not of '%s'", options->settings.command->name,
                    wanted->name);
    else
        *settings = options->settings;
    return settings_settle(settings);
}
