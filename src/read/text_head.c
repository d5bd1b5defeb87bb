#include "read/text_head.h"

#include <string.h>

bool text_head_is_comment(char mark, const struct text_line *line)
{
    return line->length > 0 && line->text[0] == mark &&
           (line->length == 1 || line->text[1] == mark || line->text[1] == ' ' || line->text[1] == '\t');
}

void text_head_pass(struct text_head *head)
{
    const struct chunk chunk = {.text = head->text, .length = head->length};
    struct text_line line, first = {0};
    int64_t at = 0, behind = 0, lines = 0;
    while (chunk_line(&line, &chunk, &at)) {
        bool excel = lines == 0 && line.length == 5 && memcmp(line.text, "sep=", 4) == 0;
        bool mark = line.length > 0 && (line.text[0] == '#' || line.text[0] == '%') &&
                    (first.text == NULL || line.text[0] == first.text[0]);
        if (excel)
            head->excel = (enum separator)(unsigned char)line.text[4];
        else if (mark && at <= head->length)
            head->comment = line;
        else if (!line_is_blank(line.text, line.length))
            break;
        if (mark && first.text == NULL)
            first = line;
        lines++;
        behind = at;
    }
    if (behind >= head->length && head->excel == 0)
        return; /* there is nothing else: such lines are the data */
    head->start = behind;
    head->lines = lines;
    head->first_comment = first;
    if (first.text != NULL && text_head_is_comment(first.text[0], &first))
        head->mark = first.text[0];
}

void text_head_add_names(struct sample *sample, int *header, const struct text_head *head,
                         enum separator separator, int columns)
{
    struct text_line line = head->comment;
    if (line.text == NULL || *header > 0 || sample->count == SAMPLE_LINES)
        return;
    while (line.length > 0 && (line.text[0] == '#' || line.text[0] == '%' || line.text[0] == ' ')) {
        line.text++;
        line.length--;
    }
    struct field fields[COLUMNS_MAX + 1];
    int count = sample_fields(fields, &line, separator);
    if (count != columns || !column_header_is_likely(fields, count))
        return;
    memmove(sample->line + 1, sample->line, (size_t)sample->count * sizeof *sample->line);
    sample->line[0] = line;
    sample->count++;
    *header = 1;
}

bool text_head_is_data(const struct text_head *head, enum separator separator, int columns)
{
    struct field fields[COLUMNS_MAX + 1];
    const struct text_line *first = &head->first_comment;
    if (first->text == NULL || text_head_is_comment(first->text[0], first))
        return false;
    int count = sample_fields(fields, first, separator);
    return count == columns && !column_header_is_likely(fields, count);
}
