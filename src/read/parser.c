#include "read/parser.h"

#include "base/memory.h"
#include "read/adjacency.h"

#include <string.h>

/* Lines parsed and not yet taken in: so many that the ids' places in the tables come into the cache
 * meanwhile. */
enum { PENDING_MAX = 16 };

/* The state of one chunk. */
struct work {
    struct parser *parser; /* not owned */
    int64_t file;
    bool zeros;           /* there is a NUL byte somewhere */
    struct field last[2]; /* the ids taken in last: users often come many lines in a row; text NULL: none */
    uint32_t last_number[2];
    int pending;
    int64_t position[PENDING_MAX];
    struct line line[PENDING_MAX];
};

static status parse_id(struct work *work, uint32_t *number, const struct field *id, int64_t position,
                       enum side side)
{
    struct field *last = &work->last[side];
    if (last->text == NULL || last->length != id->length ||
        memcmp(last->text, id->text, (size_t)id->length) != 0) {
        TRY(dictionary_add(&work->parser->raw->ids[side], &work->last_number[side], id->text, id->length,
                           position));
        *last = id->escaped ? (struct field){0} : *id; /* the text of an escaped one won't last */
    }
    *number = work->last_number[side];
    return MFALS_OK;
}

static status parse_pending(struct work *work)
{
    struct raw_ratings *raw = work->parser->raw;
    TRY(memory_grow(&raw->ratings, &raw->capacity, raw->count + work->pending, sizeof *raw->ratings));
    bool timed = work->parser->format->line.timed;
    if (timed)
        TRY(memory_grow(&raw->times, &raw->time_capacity, raw->count + work->pending, sizeof *raw->times));
    bool weighed = work->parser->format->line.weighed;
    if (weighed)
        TRY(memory_grow(&raw->weights, &raw->weight_capacity, raw->count + work->pending,
                        sizeof *raw->weights));
    for (int i = 0; i < work->pending; i++) {
        struct raw_rating rating = {.position = work->position[i], .value = work->line[i].value};
        for (int side = USERS; side <= ITEMS; side++)
            TRY(parse_id(work, &rating.id[side], &work->line[i].id[side], rating.position, side));
        raw->rounded += work->line[i].rounded;
        raw->longer += work->line[i].longer;
        if (timed)
            raw->times[raw->count] = work->line[i].time;
        if (weighed)
            raw->weights[raw->count] = work->line[i].weight;
        raw->ratings[raw->count++] = rating;
    }
    work->pending = 0;
    return MFALS_OK;
}

static status add_pending(struct work *work, int64_t position)
{
    const struct line *line = &work->line[work->pending];
    for (int side = USERS; side <= ITEMS; side++)
        dictionary_prefetch(&work->parser->raw->ids[side], line->id[side].text, line->id[side].length);
    work->position[work->pending++] = position;
    return work->pending == PENDING_MAX ? parse_pending(work) : MFALS_OK;
}

/* Once the length of lines is known, room for the ratings of all the text expected, instead of growing step
 * by step: touching fresh memory costs as much as parsing. A guess may ask for too much: then it grows after all. */
static void make_room(const struct parser *parser)
{
    struct raw_ratings *raw = parser->raw;
    if (raw->bytes == 0 || raw->bytes >= parser->expected_bytes)
        return;
    double lines = (double)raw->count / (double)raw->bytes * (double)parser->expected_bytes;
    (void)memory_grow(&raw->ratings, &raw->capacity, (int64_t)(1.02 * lines), sizeof *raw->ratings);
}

/* fatal: also where bad lines are skipped. */
static void note(struct parser *parser, int64_t position, int64_t line, const struct line_fault *fault,
                 bool fatal)
{
    struct fault *first = parser->skip_bad_lines && !fatal ? &parser->skipped : &parser->fault;
    fault_note(first, MFALS_BAD_DATA, position, line, fault->column, fault->reason);
    parser->raw->bad_lines++;
}

/* A line of a list is bad as a whole: its items are taken once all are known to be good. */
static status parse_list(struct work *work, int64_t position, int64_t number, const struct text_line *text)
{
    const struct format *format = work->parser->format;
    const int64_t data_line = number - format->data_line;
    struct adjacency list = adjacency_begin(format, text->text, text->length, data_line);
    struct line_fault fault;
    while (adjacency_next(&list, &work->line[work->pending], &fault))
        continue;
    if (list.bad) {
        note(work->parser, position, number, &fault, false);
        return MFALS_OK;
    }
    list = adjacency_begin(format, text->text, text->length, data_line);
    while (adjacency_next(&list, &work->line[work->pending], &fault))
        TRY(add_pending(work, position + (list.item.text - text->text)));
    return MFALS_OK;
}

/* A file that begins with another header than the first one has other columns; within a file a header is no data. */
static bool check_header(struct line_fault *fault, const struct format *format, int64_t file,
                         const struct text_line *line)
{
    if (format_is_header_again(format, line->text, line->length))
        return line_fault_set(fault, 1, "the header once more; to pass it over: --on-bad-line skip");
    return line->offset > 0 ||
           !format_is_other_header(format, file, line->offset, line->text, line->length) ||
           line_fault_set(fault, 1, "the header is another than that of the first file");
}

static status parse_line(struct work *work, int64_t position, int64_t line_number,
                         const struct text_line *line)
{
    const struct format *format = work->parser->format;
    struct line_fault fault;
    if (!line_check_length(&fault, line->length)) {
        work->parser->raw->lines++;
        note(work->parser, position, line_number, &fault, line->cut);
        return MFALS_OK;
    }
    if (format_skips(format, work->file, line->offset, line->text, line->length))
        return MFALS_OK;
    work->parser->raw->lines++;
    bool sound = (!work->zeros || line_check_zeros(&fault, line->text, line->length)) &&
                 check_header(&fault, format, work->file, line);
    if (sound && format->adjacency)
        return parse_list(work, position, line_number, line);
    if (sound && line_parse(&work->line[work->pending], &fault, &format->line, line->text, line->length))
        return add_pending(work, position);
    note(work->parser, position, line_number, &fault, false);
    return MFALS_OK;
}

status parse_chunk(struct parser *parser, int64_t file, const struct chunk *chunk, int64_t *line)
{
    struct work work; /* large: what is left unset is written before it is read */
    work.parser = parser;
    work.file = file;
    work.zeros = memchr(chunk->text, '\0', (size_t)chunk->length) != NULL;
    work.last[USERS] = work.last[ITEMS] = (struct field){0};
    work.pending = 0;
    make_room(parser);
    parser->raw->bytes += chunk->length;
    struct text_line text;
    for (int64_t at = 0; chunk_line(&text, chunk, &at); ++*line) {
        int64_t position = (file << POSITION_FILE_SHIFT) + text.offset;
        TRY(parse_line(&work, position, *line, &text));
        if (fault_position(&parser->fault) <= position)
            return MFALS_OK;
    }
    return parse_pending(&work);
}
