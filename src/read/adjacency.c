#include "read/adjacency.h"

#include "base/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool separates(char byte)
{
    return byte == ' ' || byte == '\t' || byte == ',' || byte == ';' || byte == '|';
}

static bool take_field(struct adjacency *list, struct field *field)
{
    while (list->at < list->end && separates(*list->at))
        list->at++;
    const char *first = list->at;
    while (list->at < list->end && !separates(*list->at))
        list->at++;
    *field = (struct field){.text = first, .length = list->at - first};
    return field->length > 0;
}

struct adjacency adjacency_begin(const struct format *format, const char *text, int64_t length,
                                 int64_t number)
{
    struct adjacency list = {
        .format = format, .text = text, .at = text, .end = text + length, .number = number};
    take_field(&list, &list.user);
    const char *colon = format->joined ? memchr(list.user.text, ':', (size_t)list.user.length) : NULL;
    if (colon != NULL) {
        list.user.length = colon - list.user.text;
        list.at = colon + 1;
    }
    if (list.user.length > 1 && list.user.text[list.user.length - 1] == ':')
        list.user.length--;
    return list;
}

/* The number of the line in place of a user. */
static void take_number(struct line *line, int64_t number)
{
    int length = snprintf(line->unescaped[USERS], sizeof line->unescaped[USERS], "%" PRId64, number);
    line->id[USERS] = (struct field){.text = line->unescaped[USERS], .length = length, .escaped = true};
}

/* Cuts "item:value" in two. */
static bool take_pair(struct field *item, struct field *value)
{
    const char *colon = memrchr(item->text, ':', (size_t)item->length);
    if (colon == NULL)
        return false;
    *value = (struct field){.text = colon + 1, .length = item->text + item->length - (colon + 1)};
    item->length = colon - item->text;
    return true;
}

bool adjacency_next(struct adjacency *list, struct line *line, struct line_fault *fault)
{
    const struct line_format *format = &list->format->line;
    struct field value = {0};
    if (!take_field(list, &list->item))
        return false;
    struct field item = list->item;
    line->value = 1;
    line->longer = false;
    line->rounded = false;
    line->time = 0;
    list->bad = true;
    if (list->format->counted)
        take_number(line, list->number);
    else if (!line_take_id(line, fault, format, &list->user, list->text, USERS))
        return false;
    if (list->format->valued && !take_pair(&item, &value))
        return line_fault_set(fault, field_column(&item, list->text), "'%s' is no item:value",
                              field_excerpt(&item).text);
    if (!line_take_id(line, fault, format, &item, list->text, ITEMS) ||
        (list->format->valued && !line_take_value(line, fault, &value, list->text)))
        return false;
    list->bad = false;
    return true;
}

void adjacency_detect(struct format *format, const struct sample *sample, int first)
{
    bool counted = sample->count - first > 1, valued = true, joined = true;
    int64_t pairs = 0;
    format->joined = false;
    for (int i = first; i < sample->count; i++) {
        struct adjacency list = adjacency_begin(format, sample->line[i].text, sample->line[i].length, 0);
        int64_t items = 0, said = -1;
        const char *colon = memchr(list.user.text, ':', (size_t)list.user.length);
        joined = joined && colon != NULL && colon > list.user.text;
        struct field item, value;
        double number;
        for (; take_field(&list, &item); items++) {
            struct field whole = item;
            bool is_pair = take_pair(&item, &value) && number_parse_double(&number, value.text, value.length);
            valued = valued && is_pair;
            pairs += is_pair;
            joined = joined && memchr(whole.text, ':', (size_t)whole.length) == NULL;
        }
        counted = counted && number_parse_int(&said, list.user.text, list.user.length) && said == items;
    }
    format->counted = counted;
    format->valued = valued && pairs > 0;
    format->joined = joined && !format->valued;
}
