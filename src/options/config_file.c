#include "options/config_file.h"

#include "base/memory.h"
#include "options/option_table.h"
#include "read/stream.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>

struct config {
    struct option_inputs *inputs;
    const char *path, *rest; /* of the text */
    char *values;            /* where the next value goes */
    int line;                /* the one last handed out, 1-based */
    int failed_line;         /* the first that we refused, or 0 */
};

static status refuse(struct config *config, const char *reason)
{
    config->failed_line = config->line;
    return fail(MFALS_USAGE, "%s:%d: %s", config->path, config->line, reason);
}

/* Hands inih a line without its indent, which would make it part of the line before. */
static char *next_line(char *line, int size, void *stream)
{
    struct config *config = stream;
    if (config->failed_line != 0 || *config->rest == '\0')
        return NULL;
    config->line++;
    size_t length = strcspn(config->rest, "\n"), indent = strspn(config->rest, " \t");
    const char *start = config->rest + indent;
    config->rest += length + (config->rest[length] == '\n');
    length = indent < length ? length - indent : 0;
    if (length + 1 > (size_t)size) {
        refuse(config, "the line is too long");
        return NULL;
    }
    memcpy(line, start, length);
    line[length] = '\0';
    return line;
}

static status set_line(struct config *config, const char *section, const char *name, const char *value)
{
    char reason[FAILURE_MESSAGE_SIZE];
    const struct option_row *option = option_find(name, config->inputs->command->bit);
    if (section[0] != '\0')
        snprintf(reason, sizeof reason, "section '%s': sections have no meaning here", section);
    else if (option == NULL || option->kind == OPTION_OF_PROGRAM)
        snprintf(reason, sizeof reason, "unknown option '%s'%s", name,
                 strlen(name) == 1 ? ": names are written out here, such as factors" : "");
    else {
        size_t size = strlen(value) + 1;
        const char *kept = memcpy(config->values, value, size);
        config->values += size;
        status set = option_give(config->inputs, option, kept);
        if (set == MFALS_OK)
            return MFALS_OK;
        snprintf(reason, sizeof reason, "%s", failure_message());
    }
    return refuse(config, reason);
}

static int handle_line(void *user, const char *section, const char *name, const char *value)
{
    struct config *config = user;
    return config->failed_line == 0 && set_line(config, section, name, value) == MFALS_OK;
}

status config_file_parse(struct option_inputs *inputs, char *values, const char *path, const char *text,
                         int64_t length)
{
    struct config config = {.inputs = inputs, .path = path, .rest = text, .values = values};
    if (memchr(text, '\0', (size_t)length) != NULL)
        return fail(MFALS_USAGE, "%s: has NUL bytes: not a list of options", path);
    int broken_line = ini_parse_stream(next_line, &config, handle_line, &config);
    if (broken_line < 0)
        return fail(MFALS_NO_MEMORY, "%s: not enough memory to read it", path);
    if (broken_line > 0 && (config.failed_line == 0 || broken_line < config.failed_line))
        return fail(MFALS_USAGE, "%s:%d: not 'name = value'", path, broken_line);
    return config.failed_line == 0 ? MFALS_OK : MFALS_USAGE;
}

/* text: room for CONFIG_MAX_BYTES + 1 */
static status read_text(char *text, int64_t *length, const char *path)
{
    TRY(stream_check(path));
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return fail(MFALS_NO_INPUT, "cannot open '%s': %s", path, errno_text(errno));
    errno = 0;
    *length = (int64_t)fread(text, 1, CONFIG_MAX_BYTES + 1, file);
    int error = ferror(file) ? errno : 0;
    fclose(file);
    if (error != 0)
        return fail(MFALS_NO_INPUT, "cannot read '%s': %s", path, errno_text(error));
    if (*length > CONFIG_MAX_BYTES)
        return fail(MFALS_USAGE, "%s: over 1 MiB long: not a list of options", path);
    text[*length] = '\0';
    return MFALS_OK;
}

status config_file_read(struct option_inputs *inputs, char **values, const struct comm *comm,
                        const char *path)
{
    scoped char *text = NULL;
    int64_t length = 0;
    *values = NULL;
    status mine = allocate(&text, CONFIG_MAX_BYTES + 1);
    if (mine == MFALS_OK && comm->rank == 0)
        mine = read_text(text, &length, path);
    TRY(agree(comm, mine));
    comm_broadcast(comm, &length, sizeof length, 0);
    comm_broadcast(comm, text, length + 1, 0);
    mine = allocate(values, length + 1);
    if (mine == MFALS_OK)
        mine = config_file_parse(inputs, *values, path, text, length);
    return agree(comm, mine);
}
