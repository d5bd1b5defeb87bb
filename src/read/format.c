#include "read/format.h"

#include "base/memory.h"
#include "base/number.h"
#include "read/adjacency.h"
#include "read/foreign_text.h"
#include "read/look.h"
#include "read/look_lines.h"
#include "read/matrix_market.h"
#include "read/report.h"
#include "read/text_head.h"
#include "read/time_text.h"

#include <string.h>

/* In the order in which they are looked for. */
static const struct {
    enum ratings_format format;
    enum separator separator;
    const char *text;
} separators[] = {{FORMAT_MOVIELENS, SEPARATOR_COLONS, "::"},
                  {FORMAT_TSV, SEPARATOR_TAB, "\t"},
                  {FORMAT_CSV, SEPARATOR_COMMA, ","},
                  {FORMAT_SPACE, SEPARATOR_BLANKS, " "}};
enum { SEPARATORS = sizeof separators / sizeof *separators };

bool format_guess_separator(enum separator *separator, const char *text, int64_t length)
{
    for (int i = 0; i < SEPARATORS; i++)
        if (memmem(text, (size_t)length, separators[i].text, strlen(separators[i].text)) != NULL) {
            *separator = separators[i].separator;
            return true;
        }
    return false;
}

static status no_time(const struct read_options *options)
{
    return fail(MFALS_USAGE, "%s needs a time column: --columns user,item,rating,time",
                times_needed_by(options->times));
}

/* The separator that the user, or the file, names; else the one that the lines show. */
static status find_separator(enum separator *separator, const struct text_head *head,
                             const struct read_options *options, const struct sample *sample)
{
    if (options->separator != NULL && options->format != FORMAT_AUTO)
        return fail(MFALS_USAGE, "only one of --separator and --format can be given");
    if (options->separator != NULL)
        return separator_parse(separator, options->separator)
                   ? MFALS_OK
                   : fail(MFALS_USAGE,
                          "--separator: '%.40s' is not tab, comma, semicolon, pipe, blanks, '::', a byte "
                          "that is "
                          "neither letter nor digit, or one written \\x01",
                          options->separator);
    for (int i = 0; i < SEPARATORS; i++)
        if (options->format == separators[i].format) {
            *separator = separators[i].separator;
            return MFALS_OK;
        }
    *separator = head->excel;
    return head->excel != 0 ? MFALS_OK : sample_separator(separator, sample, head->path);
}

static status keep_header(struct format *format, const struct sample *sample, int lines)
{
    for (int i = 0; i < lines; i++)
        format->header_bytes += sample->line[i].length;
    TRY(allocate(&format->header, format->header_bytes));
    for (int64_t i = 0, at = 0; i < lines; at += sample->line[i++].length) {
        const struct text_line *line = &sample->line[i];
        memcpy(format->header + at, line->text, (size_t)line->length);
        format->header_line[format->header_lines++] = (struct header_line){at, line->length, line->offset};
    }
    return MFALS_OK;
}

/* Times that are wanted, not needed, are read where --columns tells them, or where a column named so, or a fourth without a
 * name, shows them. */
static bool reads_times(struct guess *guess, const struct sample *sample, const struct read_options *options)
{
    struct field fields[COLUMNS_MAX + 1];
    int *column = &guess->chosen.place[COLUMN_TIME];
    int64_t time;
    if (options->times != TIMES_IF_ANY ||
        (options->columns != NULL && guess->chosen.told[COLUMN_TIME] && *column >= 0))
        return options->times != TIMES_NONE;
    if (*column < 0 && options->columns == NULL)
        *column = look_for_times(sample, guess);
    return *column >= 0 && guess->header < sample->count &&
           sample_fields(fields, &sample->line[guess->header], guess->separator) > *column &&
           time_parse(&time, fields[*column].text, fields[*column].length);
}

static status set_columns(struct format *format, struct guess *guess, const struct sample *sample,
                          const struct read_options *options)
{
    const int *place = guess->chosen.place;
    struct line_format *line = &format->line;
    line->separator = guess->separator;
    line->id[USERS] = place[COLUMN_USER];
    line->id[ITEMS] = place[COLUMN_ITEM];
    line->value = place[COLUMN_RATING];
    line->columns =
        (int)number_max(number_max(place[COLUMN_USER], place[COLUMN_ITEM]), place[COLUMN_RATING]) + 1;
    if (reads_times(guess, sample, options)) {
        if (place[COLUMN_TIME] < 0)
            return no_time(options);
        line->timed = true;
        line->time = place[COLUMN_TIME];
        line->columns = (int)number_max(line->columns, place[COLUMN_TIME] + 1);
    }
    if (options->weights && place[COLUMN_WEIGHT] >= 0) {
        line->weighed = true;
        line->weight = place[COLUMN_WEIGHT];
        line->columns = (int)number_max(line->columns, place[COLUMN_WEIGHT] + 1);
    }
    line->exact = options->columns == NULL && line->columns == guess->columns;
    return MFALS_OK;
}

/* The lines of the header, the number of columns, and their names. */
static status find_header(struct guess *guess, struct field names[COLUMNS_MAX + 1], struct sample *sample,
                          const struct read_options *options, const struct text_head *head)
{
    struct column_summary summary[COLUMNS_MAX];
    if (!sample->line[0].cut)
        TRY(column_header_find(&guess->header, sample, guess->separator, options));
    if (options->header != NULL && head->excel != 0 && guess->header > 1)
        guess->header--; /* its first line is behind already */
    int first = guess->header < sample->count ? guess->header : 0;
    guess->columns = sample_usual_fields(&guess->others, sample, first, guess->separator);
    text_head_add_names(sample, &guess->header, head, guess->separator, guess->columns);
    sample_summarize(summary, sample, first, guess->columns, guess->separator);
    guess->named = column_header_names(names, sample, guess->header, guess->separator, false);
    if (guess->named + 1 == guess->columns && column_is_index(&summary[0]))
        guess->named = column_header_names(names, sample, guess->header, guess->separator, true);
    guess->names = guess->header > 0 ? names : NULL;
    return MFALS_OK;
}

static status one_column(const char *path, enum separator separator)
{
    char name[SEPARATOR_NAME_SIZE];
    return fail(MFALS_BAD_DATA, "%s: no %s separate columns in most of its lines: see --separator", path,
                separator_name(name, separator));
}

static status columns_format(struct format *format, struct sample *sample, const struct read_options *options,
                             struct text_head *head)
{
    struct field names[COLUMNS_MAX + 1];
    struct guess guess = {.path = head->path};
    TRY(find_separator(&guess.separator, head, options, sample));
    TRY(find_header(&guess, names, sample, options, head));
    if (text_head_is_data(head, guess.separator, guess.columns)) {
        *head = (struct text_head){
            .path = head->path, .text = head->text, .length = head->length, .whole = head->whole};
        format->data_start = format->data_line = 0;
        format->comment = 0;
        sample_take(sample, head->text, head->length, head->whole, 0);
        guess = (struct guess){.path = head->path, .separator = guess.separator};
        TRY(find_header(&guess, names, sample, options, head));
    }
    if (guess.columns == 0) /* badly quoted lines: the parser says which */
        guess.columns = COLUMN_RATING + 1;
    if (guess.columns < 2)
        return one_column(head->path, guess.separator);
    bool looks = options->columns == NULL && guess.header < sample->count && !sample->line[0].cut;
    if (looks && options->header == NULL && !options->skip_bad_lines)
        TRY(look_check_lines(sample, &guess));
    TRY(columns_choose(&guess.chosen, options, head->path, guess.names, guess.columns));
    if (looks) {
        TRY(look_check_names(sample, &guess));
        TRY(look_check(sample, &guess));
    }
    TRY(set_columns(format, &guess, sample, options));
    report_columns(format, sample, &guess, guess.names);
    return keep_header(format, sample, guess.header);
}

static status adjacency_format(struct format *format, const struct sample *sample,
                               const struct read_options *options)
{
    int header = 0;
    if (options->separator != NULL)
        return fail(MFALS_USAGE, "--separator: has no meaning for --format adjacency");
    if (options->columns != NULL)
        return fail(MFALS_USAGE, "--columns: has no meaning for --format adjacency");
    if (times_needed_by(options->times) != NULL)
        return no_time(options);
    if (options->header != NULL)
        TRY(column_header_find(&header, sample, SEPARATOR_BLANKS, options));
    format->adjacency = true;
    adjacency_detect(format, sample, header);
    if (format->valued)
        format->line.value = 1;
    report_lists(format, sample, header);
    format->data_line += header;
    return keep_header(format, sample, header);
}

static status text_format(struct format *format, const struct read_options *options, struct text_head *head)
{
    struct sample sample;
    text_head_pass(head);
    format->data_line = head->lines;
    format->comment = head->mark;
    sample_take(&sample, head->text, head->length, head->whole, head->start);
    if (sample.count == 0 && !head->whole) { /* a line longer than what is looked at */
        const struct chunk chunk = {.text = head->text, .length = head->length};
        int64_t at = head->start;
        while (sample.count == 0 && chunk_line(&sample.line[0], &chunk, &at))
            sample.count = !line_is_blank(sample.line[0].text, sample.line[0].length);
        sample.line[0].cut = true;
    }
    format->data_start = head->start;
    if (sample.count == 0)
        return MFALS_OK;
    return options->format == FORMAT_ADJACENCY ? adjacency_format(format, &sample, options)
                                               : columns_format(format, &sample, options, head);
}

status format_of_text(struct format *format, const struct read_options *options, const char *path,
                      const char *text, int64_t length, bool whole)
{
    *format = (struct format){0};
    format->line.id[ITEMS] = 1;
    format->line.value = -1;
    format->line.columns = 2;
    format->line.integers = options->ids == IDS_INTEGER;
    bool banner = matrix_market_begins(text, length);
    if (options->format == FORMAT_MTX && !banner)
        return fail(MFALS_BAD_DATA, "%s:1:1: no MatrixMarket banner", path);
    if (banner && options->separator != NULL)
        return fail(MFALS_USAGE, "--separator: has no meaning for a MatrixMarket file");
    if (banner && options->columns != NULL)
        return fail(MFALS_USAGE, "the columns of a MatrixMarket file cannot be chosen");
    if (banner && times_needed_by(options->times) != NULL)
        return no_time(options);
    if (banner) {
        TRY(matrix_market_head(format, path, text, length, whole));
        report_matrix(format);
        return MFALS_OK;
    }
    if (options->columns == NULL && options->format == FORMAT_AUTO)
        TRY(foreign_text_check(path, text, length));
    struct text_head head = {.path = path, .text = text, .length = length, .whole = whole};
    return text_format(format, options, &head);
}

static bool has_line(const char *text, int64_t length)
{
    const struct chunk chunk = {.text = text, .length = length};
    struct text_line line;
    for (int64_t at = 0; chunk_line(&line, &chunk, &at);)
        if (!line_is_blank(line.text, line.length))
            return true;
    return false;
}

/* Finds the first file with a line in it. */
static status look(struct format *format, const struct inputs *inputs, const struct read_options *options)
{
    scoped char *text = NULL;
    TRY(allocate(&text, FORMAT_PREFIX_BYTES));
    for (int64_t file = 0; file < inputs->count; file++) {
        const char *path = inputs_path(inputs, file);
        struct stream *stream;
        int64_t length;
        TRY(stream_open(&stream, inputs_source(inputs, file), 0));
        status got = stream_read(stream, &length, text, FORMAT_PREFIX_BYTES);
        stream_close(&stream);
        TRY(got);
        bool last = file + 1 == inputs->count;
        if (!last && !has_line(text, length))
            continue;
        TRY(format_of_text(format, options, path, text, length, length < FORMAT_PREFIX_BYTES));
        format->file = file;
        break;
    }
    if (format->counted && inputs->count > 1)
        return fail(MFALS_BAD_DATA, "%s: lists whose users are the numbers of lines must be in one file",
                    inputs_path(inputs, 0));
    if (format->matrix && inputs->count > 1)
        return fail(MFALS_BAD_DATA, "%s: a MatrixMarket file must be the only file", inputs_path(inputs, 0));
    return MFALS_OK;
}

status format_detect(struct format *format, const struct comm *comm, const struct inputs *inputs,
                     const struct read_options *options)
{
    *format = (struct format){0};
    TRY(agree(comm, comm->rank == 0 ? look(format, inputs, options) : MFALS_OK));
    char *header = format->header;
    comm_broadcast(comm, format, sizeof *format, 0);
    format->header = header;
    TRY(agree(comm, comm->rank == 0 ? MFALS_OK : allocate(&format->header, format->header_bytes)));
    comm_broadcast(comm, format->header, format->header_bytes, 0);
    return MFALS_OK;
}

/* Any file may begin with the header. */
static bool is_header(const struct format *format, int64_t file, int64_t offset, const char *text,
                      int64_t length)
{
    for (int i = 0; i < format->header_lines; i++) {
        const struct header_line *line = &format->header_line[i];
        if (offset == line->offset &&
            (file == format->file ||
             (length == line->length && memcmp(text, format->header + line->at, (size_t)length) == 0)))
            return true;
    }
    return false;
}

bool format_skips(const struct format *format, int64_t file, int64_t offset, const char *text, int64_t length)
{
    if (line_is_blank(text, length) || (file == format->file && offset < format->data_start))
        return true;
    const struct text_line line = {.text = text, .length = length};
    return is_header(format, file, offset, text, length) ||
           (format->comment != 0 && text_head_is_comment(format->comment, &line));
}

bool format_is_header_again(const struct format *format, const char *text, int64_t length)
{
    for (int i = 0; i < format->header_lines; i++)
        if (length == format->header_line[i].length &&
            memcmp(text, format->header + format->header_line[i].at, (size_t)length) == 0)
            return true;
    return false;
}

bool format_is_other_header(const struct format *format, int64_t file, int64_t offset, const char *text,
                            int64_t length)
{
    struct field fields[COLUMNS_MAX + 1];
    const struct text_line line = {.text = text, .length = length};
    if (format->header_lines == 0 || file == format->file || offset != format->header_line[0].offset)
        return false;
    int count = sample_fields(fields, &line, format->line.separator);
    return column_header_is_likely(fields, count);
}

void format_free(struct format *format)
{
    memory_free(format->header);
    *format = (struct format){0};
}
