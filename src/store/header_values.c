#include "store/header.h"

#include <inttypes.h>
#include <string.h>

/* "mfals-model" -> "model". */
static const char *kind_of(const char *format)
{
    return format + strlen("mfals-");
}

status header_require(const struct header *header, const char *path, const char *format, int64_t version)
{
    if (strcmp(header->format, format) != 0)
        return fail(MFALS_BAD_DATA, "'%s' is a %s file of mfals, not a %s file", path,
                    kind_of(header->format), kind_of(format));
    if (header->format_version < 1 || header->format_version > version)
        return fail(MFALS_BAD_DATA, "'%s' has format version %" PRId64 ", this mfals reads up to %" PRId64,
                    path, header->format_version, version);
    if (!header->complete)
        return fail(MFALS_BAD_DATA, "'%s' is incomplete: its writing was interrupted", path);
    return MFALS_OK;
}

const struct data_set *header_find(const struct header *header, const char *name)
{
    for (int i = 0; i < header->data_set_count; i++)
        if (strcmp(header->data_sets[i].name, name) == 0)
            return &header->data_sets[i];
    return NULL;
}

struct attribute header_nth_attribute(const struct header *header, int n)
{
    const struct stored_attribute *stored = &header->attributes[n];
    struct attribute attribute = {.name = stored->name, .integer = stored->integer, .real = stored->real};
    attribute.text = header->text + stored->text;
    attribute.kind = stored->kind;
    return attribute;
}

bool header_attribute(struct attribute *attribute, const struct header *header, const char *name)
{
    for (int i = 0; i < header->attribute_count; i++)
        if (strcmp(header->attributes[i].name, name) == 0) {
            *attribute = header_nth_attribute(header, i);
            return true;
        }
    return false;
}

const char *header_text(const struct header *header, const char *name, const char *otherwise)
{
    struct attribute found;
    bool is = header_attribute(&found, header, name) && found.kind == ATTRIBUTE_TEXT;
    return is ? found.text : otherwise;
}

double header_real(const struct header *header, const char *name, double otherwise)
{
    struct attribute found;
    if (!header_attribute(&found, header, name) || found.kind == ATTRIBUTE_TEXT)
        return otherwise;
    return found.kind == ATTRIBUTE_REAL ? found.real : (double)found.integer;
}

int64_t header_integer(const struct header *header, const char *name, int64_t otherwise)
{
    struct attribute found;
    return header_attribute(&found, header, name) && found.kind == ATTRIBUTE_INTEGER ? found.integer
                                                                                     : otherwise;
}
