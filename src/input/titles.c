#include "input/titles.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "ratings/stream.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { READ_BYTES = 1 << 20, LINE_BYTES = 1 << 20 };
static const int64_t titles_most = (int64_t)1 << 30;

/* [collective] */
static status gather_ids(struct ids *all, const struct comm *comm, const struct known_ids *known)
{
    int64_t width = known->ids->width, rows = known->offsets[comm->size];
    *all = (struct ids){.kind = known->ids->kind, .rows = rows, .count = rows, .width = known->ids->width};
    TRY(allocate_on_all(comm, &all->keys, rows * width));
    for (int r = 0; r < comm->size; r++) {
        char *part = all->keys + known->offsets[r] * width;
        int64_t bytes = (known->offsets[r + 1] - known->offsets[r]) * width;
        if (r == comm->rank && bytes > 0)
            memcpy(part, known->ids->keys, (size_t)bytes);
        comm_broadcast(comm, part, bytes, r);
    }
    return MFALS_OK;
}

/* The file's bytes, decompressed, with room for one more. */
static status read_all(char **text, int64_t *length, const char *path)
{
    struct stream *stream;
    int64_t capacity = 0, got = 1;
    status done = stream_open(&stream, path, compression_of_name(path), 0);
    for (*length = 0; done == MFALS_OK && got > 0; *length += got) {
        got = 0;
        if (*length > titles_most)
            done = fail(MFALS_BAD_DATA, "%s: over 1 GiB of text: no list of titles", path);
        else
            done = memory_grow(text, &capacity, *length + READ_BYTES + 1, 1);
        if (done == MFALS_OK)
            done = stream_read(stream, &got, *text + *length, READ_BYTES);
    }
    stream_close(&stream);
    return done;
}

static bool is_utf8(const char *text)
{
    for (const char *line = text; *line != '\0';) {
        int64_t length = (int64_t)strcspn(line, "\r\n\t");
        if (!utf8_is_valid(line, length))
            return false;
        line += length + (line[length] != '\0');
    }
    return true;
}

/* Latin-1 in text becomes UTF-8 in converted, which has room for twice the bytes. */
static void convert_latin1(char *converted, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        if (*c >= 0x80)
            *converted++ = (char)(0xc0 | *c >> 6);
        *converted++ = (char)(*c < 0x80 ? *c : 0x80 | (*c & 0x3f));
    }
    *converted = '\0';
}

/* Rank 0's part: the file as terminated UTF-8. */
static status read_titles(char **text, int64_t *length, const char *path)
{
    scoped char *raw = NULL;
    int64_t raw_length = 0;
    TRY(read_all(&raw, &raw_length, path));
    raw[raw_length] = '\0';
    if ((int64_t)strlen(raw) != raw_length)
        return fail(MFALS_BAD_DATA, "%s: has NUL bytes: no list of titles", path);
    TRY(allocate_raw(text, 2 * raw_length + 1));
    if (is_utf8(raw))
        memcpy(*text, raw, (size_t)raw_length + 1);
    else
        convert_latin1(*text, raw);
    *length = (int64_t)strlen(*text);
    return MFALS_OK;
}

/* Where the first separator of the line is, and its length; NULL if it has none. */
static char *find_separator(char *line, size_t *length)
{
    char *found = strstr(line, "::");
    *length = 2;
    if (found == NULL) {
        *length = 1;
        found = strpbrk(line, "\t|");
    }
    return found;
}

static int by_id(const void *a, const void *b)
{
    const struct title *one = a, *other = b;
    return strcmp(one->id, other->id);
}

/* Cuts names->text into titles. path is for messages. */
static status cut_titles(struct item_names *names, const char *path)
{
    int64_t lines = 1, number = 0;
    for (const char *c = names->text; *c != '\0'; c++)
        lines += *c == '\n';
    TRY(allocate(&names->titles, lines));
    for (char *line = names->text, *next; *line != '\0'; line = next) {
        size_t length = strcspn(line, "\n"), width;
        next = line + length + (line[length] != '\0');
        number++;
        if (length > LINE_BYTES)
            return fail(MFALS_BAD_DATA, "%s:%lld: the line is longer than 1 MiB", path, (long long)number);
        line[length] = '\0';
        line[strcspn(line, "\r")] = '\0';
        if (line[0] == '\0')
            continue;
        char *separator = find_separator(line, &width);
        if (separator == NULL)
            return fail(MFALS_BAD_DATA, "%s:%lld: no '::', tab or '|' between id and title", path,
                        (long long)number);
        *separator = '\0';
        char *title = separator + width, *end = find_separator(title, &width);
        if (end != NULL)
            *end = '\0';
        names->titles[names->count++] = (struct title){line, title};
    }
    qsort(names->titles, (size_t)names->count, sizeof *names->titles, by_id);
    return MFALS_OK;
}

static status load_titles(struct item_names *names, const struct comm *comm, const char *path)
{
    int64_t length = 0;
    TRY(agree(comm, comm->rank == 0 ? read_titles(&names->text, &length, path) : MFALS_OK));
    comm_broadcast(comm, &length, sizeof length, 0);
    TRY(agree(comm, comm->rank == 0 ? MFALS_OK : allocate_raw(&names->text, length + 1)));
    comm_broadcast(comm, names->text, length + 1, 0);
    return agree(comm, cut_titles(names, path));
}

status item_names_open(struct item_names *names, const struct comm *comm, const struct known_ids *items,
                       const char *path)
{
    *names = (struct item_names){0};
    TRY(gather_ids(&names->ids, comm, items));
    return path == NULL ? MFALS_OK : load_titles(names, comm, path);
}

const char *item_names_get(const struct item_names *names, char *id, int64_t item)
{
    ids_text(&names->ids, item, id);
    if (names->titles == NULL)
        return NULL;
    struct title key = {.id = id};
    const struct title *found =
        names->count == 0 ? NULL
                          : bsearch(&key, names->titles, (size_t)names->count, sizeof *names->titles, by_id);
    return found == NULL ? "" : found->title;
}

void item_names_free(struct item_names *names)
{
    ids_free(&names->ids);
    memory_free(names->text);
    memory_free(names->titles);
    *names = (struct item_names){0};
}
