#include "read/text_list.h"

#include "base/advance.h"
#include "base/memory.h"
#include "base/number.h"
#include "read/chunks.h"
#include "read/format.h"

#include <inttypes.h>

status text_list_fail(const struct text_list *list, int64_t column, const char *reason)
{
    return fail(MFALS_BAD_DATA, "%s:%" PRId64 ":%" PRId64 ": %s", list->path, list->number, column, reason);
}

static status parse_line(struct text_list *list, const struct text_line *line, text_list_parser *parse,
                         void *context)
{
    struct line_fault fault;
    list->number++;
    if (!line_check_length(&fault, line->length) || !line_check_zeros(&fault, line->text, line->length))
        return text_list_fail(list, fault.column, fault.reason);
    if (line_is_blank(line->text, line->length))
        return MFALS_OK;
    list->text = line->text;
    list->length = line->length;
    TRY(parse(list, context));
    list->first = false;
    return MFALS_OK;
}

static status read_file(struct text_list *list, struct source source, text_list_parser *parse, void *context)
{
    struct chunk_reader reader;
    struct chunk chunk;
    struct text_line line;
    status done = chunks_open(&reader, source, 0, INT64_MAX);
    while (done == MFALS_OK && (done = chunks_next(&reader, &chunk)) == MFALS_OK && chunk.length > 0) {
        done = chunk_check_list(&chunk, list->path);
        for (int64_t at = 0; done == MFALS_OK && chunk_line(&line, &chunk, &at);)
            done = parse_line(list, &line, parse, context);
    }
    chunks_close(&reader);
    return done;
}

status text_list_read(const char *path, const char *encoding, text_list_parser *parse, void *context)
{
    struct text_list list = {.first = true};
    struct inputs inputs;
    int64_t bytes = 0;
    status done = inputs_of_list(&inputs, path, encoding);
    for (int64_t file = 0; file < inputs.count; file++)
        bytes += inputs.files[file].size;
    advance_begin("reading", "bytes", bytes, bytes);
    for (int64_t file = 0; file < inputs.count && done == MFALS_OK; file++) {
        list.path = inputs_path(&inputs, file);
        list.number = 0;
        done = read_file(&list, inputs_source(&inputs, file), parse, context);
    }
    advance_end();
    inputs_free(&inputs);
    memory_free(list.fields);
    return done;
}

enum separator text_list_separator(const struct text_list *list, bool integers, enum separator otherwise)
{
    enum separator found = SEPARATOR_BLANKS;
    format_guess_separator(&found, list->text, list->length);
    if (integers && found != SEPARATOR_COLONS)
        return SEPARATOR_COMMA_OR_BLANKS;
    return found == SEPARATOR_BLANKS ? otherwise : found;
}

status text_list_split(struct text_list *list, int wanted)
{
    struct line_fault fault;
    int64_t most = number_min(wanted, list->length + 1);
    TRY(memory_grow(&list->fields, &list->capacity, most, sizeof *list->fields));
    list->count = fields_split(list->fields, &fault, list->separator, wanted, list->text, list->length);
    return list->count < 0 ? text_list_fail(list, fault.column, fault.reason) : MFALS_OK;
}

status text_list_add_id(uint32_t *number, struct dictionary *ids, struct text_list *list, int field,
                        enum side side)
{
    struct field *id = &list->fields[field];
    struct line_fault fault;
    if (!line_check_id(id, &fault, side, list->text, list->unescaped))
        return text_list_fail(list, fault.column, fault.reason);
    return dictionary_add(ids, number, id->text, id->length, list->number);
}
