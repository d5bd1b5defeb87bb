#include "read/sample.h"

#include "base/number.h"
#include "read/time_text.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

void sample_take(struct sample *sample, const char *text, int64_t length, bool whole, int64_t start)
{
    const struct chunk chunk = {.text = text, .length = length};
    struct text_line line;
    sample->count = 0;
    while (sample->count < SAMPLE_LINES && chunk_line(&line, &chunk, &start)) {
        bool complete = whole || start <= length;
        if (complete && !line_is_blank(line.text, line.length))
            sample->line[sample->count++] = line;
    }
}

int sample_fields(struct field fields[COLUMNS_MAX + 1], const struct text_line *line,
                  enum separator separator)
{
    struct line_fault fault;
    int count = fields_split(fields, &fault, separator, COLUMNS_MAX + 1, line->text, line->length);
    return count < 0 ? 0 : count;
}

/* Digits, at least `low` of them and at most `high`, from *text on, which moves behind them. */
static bool take_digits(const char **text, const char *end, int low, int high)
{
    int digits = 0;
    while (*text < end && digits < high && isdigit((unsigned char)**text)) {
        digits++;
        ++*text;
    }
    return digits >= low;
}

/* "20040513" */
static bool is_compact_date(const struct field *field)
{
    int64_t value;
    if (field->length != 8 || !number_parse_int(&value, field->text, 8))
        return false;
    int64_t year = value / 10000, month = value / 100 % 100, day = value % 100;
    return year >= 1970 && year < 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* "10:05", "10:05:31" */
static bool is_clock(const struct field *field)
{
    const char *text = field->text, *end = text + field->length;
    return take_digits(&text, end, 1, 2) && text < end && *text++ == ':' && take_digits(&text, end, 2, 2) &&
           (text == end || *text == ':');
}

bool field_is_date(const struct field *field)
{
    for (int year_first = 0; year_first <= 1; year_first++) {
        const char *text = field->text, *end = text + field->length;
        if (!take_digits(&text, end, year_first ? 4 : 1, year_first ? 4 : 2) || text == end)
            continue;
        char between = *text++;
        if (strchr("-/.", between) == NULL || !take_digits(&text, end, 1, 2) || text == end ||
            *text++ != between || !take_digits(&text, end, year_first ? 1 : 4, year_first ? 2 : 4))
            continue;
        if (text == end || *text == ' ' || *text == 'T')
            return true;
    }
    return is_compact_date(field);
}

struct tally {
    uint64_t hash[SAMPLE_LINES];
    int64_t last;
};

static void add_field(struct column_summary *column, struct tally *tally, const struct field *field)
{
    int64_t integer = 0;
    double number;
    bool is_integer = number_parse_int(&integer, field->text, field->length);
    if (is_integer && field->length > 1 && field->text[0] == '0')
        is_integer = false;
    tally->hash[column->fields] = XXH3_64bits(field->text, (size_t)field->length);
    if (!is_integer || (column->fields > 0 && (uint64_t)integer - 1 != (uint64_t)tally->last))
        column->counts_up = false;
    tally->last = is_integer ? integer : 0;
    column->fields++;
    column->integers += is_integer;
    column->dates += field_is_date(field);
    column->clocks += is_clock(field);
    column->times += time_parse(&integer, field->text, field->length);
    column->empty += field->length == 0;
    column->points += memchr(field->text, '.', (size_t)field->length) != NULL;
    column->quoted += field->quoted;
    if (!number_parse_double(&number, field->text, field->length) || !isfinite(number))
        return;
    column->low = column->numbers == 0 ? number : fmin(column->low, number);
    column->high = column->numbers == 0 ? number : fmax(column->high, number);
    column->numbers++;
}

static int compare_hashes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int count_distinct(struct tally *tally, int count)
{
    int distinct = count > 0;
    qsort(tally->hash, (size_t)count, sizeof tally->hash[0], compare_hashes);
    for (int i = 1; i < count; i++)
        distinct += tally->hash[i] != tally->hash[i - 1];
    return distinct;
}

int sample_usual_fields(int *others, const struct sample *sample, int first, enum separator separator)
{
    struct field fields[COLUMNS_MAX + 1];
    int lines[COLUMNS_MAX + 2] = {0}, usual = 0;
    for (int i = first; i < sample->count; i++)
        lines[sample_fields(fields, &sample->line[i], separator)]++;
    for (int count = 1; count <= COLUMNS_MAX + 1; count++)
        if (lines[count] > 0 && lines[count] >= lines[usual])
            usual = count;
    *others = sample->count - first - lines[usual];
    return usual;
}

void sample_summarize(struct column_summary *summary, const struct sample *sample, int first, int columns,
                      enum separator separator)
{
    struct field fields[COLUMNS_MAX + 1];
    struct tally tally = {.last = 0};
    for (int c = 0; c < COLUMNS_MAX; c++) {
        summary[c] = (struct column_summary){.counts_up = true};
        for (int i = first; i < sample->count && c < columns; i++)
            if (sample_fields(fields, &sample->line[i], separator) == columns)
                add_field(&summary[c], &tally, &fields[c]);
        summary[c].distinct = count_distinct(&tally, summary[c].fields);
    }
}

/* In the order in which they are looked for; blanks, which may stand in ids and dates, come last. */
static const enum separator known[] = {SEPARATOR_COLONS, SEPARATOR_TAB, SEPARATOR_COMMA, ';',
                                       SEPARATOR_PIPE,   '\x01',        SEPARATOR_BLANKS};
enum { KNOWN = sizeof known / sizeof *known };

static bool holds(const char *text, int64_t length, enum separator separator)
{
    if (separator == SEPARATOR_COLONS)
        return memmem(text, (size_t)length, "::", 2) != NULL;
    return memchr(text, separator == SEPARATOR_BLANKS ? ' ' : (int)separator, (size_t)length) != NULL;
}

/* Whether a field that would be an id holds another separator; "::" and blanks may stand in titles and names. */
static bool is_mixed(const struct field *field)
{
    for (int i = 1; i < KNOWN - 1 && !field->quoted; i++)
        if (holds(field->text, field->length, known[i]))
            return true;
    return false;
}

/* The fields into which a separator cuts nine lines of ten at least; 0 where they are not equally many, or cut badly. The
 * first line, which may be a header, counts only where it is the only one. */
static int even_fields(const struct sample *sample, enum separator separator)
{
    struct field fields[COLUMNS_MAX + 1];
    int lines[COLUMNS_MAX + 2] = {0}, usual = 2, first = sample->count > 1;
    for (int i = first; i < sample->count; i++) {
        int count = sample_fields(fields, &sample->line[i], separator);
        lines[count > 1 && (is_mixed(&fields[0]) || is_mixed(&fields[1])) ? 0 : count]++;
    }
    for (int count = 3; count <= COLUMNS_MAX + 1; count++)
        if (lines[count] > lines[usual])
            usual = count;
    return 10 * lines[usual] >= 9 * (sample->count - first) && lines[usual] > 0 ? usual : 0;
}

/* Whether every comma of the lines stands between digits, as in 3,5. */
static bool has_decimal_commas(const struct sample *sample)
{
    for (int i = sample->count > 1; i < sample->count; i++)
        for (int64_t c = 0; c < sample->line[i].length; c++) {
            const char *text = sample->line[i].text;
            if (text[c] == ',' &&
                (c == 0 || c + 1 == sample->line[i].length || !isdigit((unsigned char)text[c - 1]) ||
                 !isdigit((unsigned char)text[c + 1])))
                return false;
        }
    return true;
}

/* Whether tabs and blanks stand for each other: some lines have a blank in front of their tab, others behind. */
static bool has_either(const struct sample *sample)
{
    int before = 0, behind = 0;
    for (int i = sample->count > 1; i < sample->count; i++) {
        const char *text = sample->line[i].text, *tab = memchr(text, '\t', (size_t)sample->line[i].length);
        const char *blank = memchr(text, ' ', (size_t)sample->line[i].length);
        before += tab != NULL && blank != NULL && blank < tab;
        behind += tab != NULL && blank != NULL && blank > tab;
    }
    return before > 0 && behind > 0;
}

/* The separator that most lines hold; -1: none. */
static int most_held(const struct sample *sample)
{
    int best = -1, most = 0;
    for (int k = 0; k < KNOWN; k++) {
        int lines = 0;
        for (int i = 0; i < sample->count; i++)
            lines += holds(sample->line[i].text, sample->line[i].length, known[k]);
        if (lines > most) {
            most = lines;
            best = k;
        }
    }
    return best;
}

status sample_separator(enum separator *separator, const struct sample *sample, const char *path)
{
    int even[KNOWN], found = -1, blanks = KNOWN - 1;
    for (int i = 0; i < KNOWN; i++) {
        even[i] = even_fields(sample, known[i]);
        if (even[i] > 0 && (found < 0 || (even[found] < 3 && even[i] >= 3 && i != blanks)))
            found = i;
    }
    bool more = found >= 0 && even[found] == 2 && even[blanks] >= 3 && sample->count > 1;
    if (more && known[found] == SEPARATOR_COMMA && !has_decimal_commas(sample))
        return fail(
            MFALS_BAD_DATA,
            "%s: its columns may be separated by blanks or by commas: say which: --separator blanks; or: "
            "--separator comma",
            path);
    if (more && (known[found] == SEPARATOR_COMMA || (known[found] == SEPARATOR_TAB && has_either(sample))))
        found = blanks;
    if (found < 0)
        found = most_held(sample);
    if (found < 0)
        return fail(MFALS_BAD_DATA,
                    "%s: no '::', tab, comma, ';', '|' or blank separates columns (for another: --separator)",
                    path);
    *separator = known[found];
    return MFALS_OK;
}
