#include "store/content_digest.h"

#include "ratings/digest.h"

#include <string.h>
#include <xxhash.h>

static void add(struct content_digest *digest, const void *data, size_t bytes, uint64_t seed)
{
    XXH128_hash_t hash = XXH3_128bits_withSeed(data, bytes, seed);
    digest->sums[0] += hash.low64;
    digest->sums[1] += hash.high64;
}

static uint64_t seed_of(const char *name)
{
    return XXH3_64bits(name, strlen(name));
}

void content_digest_rows(struct content_digest *digest, const char *data_set, int64_t first, int64_t count,
                         const void *rows, int64_t row_bytes, int64_t stride)
{
    uint64_t seed = seed_of(data_set) + (uint64_t)first;
    for (int64_t i = 0; i < count; i++)
        add(digest, (const char *)rows + i * stride, (size_t)row_bytes, seed + (uint64_t)i);
}

void content_digest_attribute(struct content_digest *digest, const struct attribute *attribute)
{
    uint64_t seed = seed_of(attribute->name);
    switch (attribute->kind) {
    case ATTRIBUTE_TEXT:
        add(digest, attribute->text, strlen(attribute->text), seed);
        break;
    case ATTRIBUTE_INTEGER:
        add(digest, &attribute->integer, sizeof attribute->integer, seed);
        break;
    case ATTRIBUTE_REAL:
        add(digest, &attribute->real, sizeof attribute->real, seed);
        break;
    }
}

/* Whether an attribute of that name is part of the contents: all but "complete" and the digest itself. */
static bool covers(const char *attribute)
{
    return strcmp(attribute, "complete") != 0 && strcmp(attribute, "digest") != 0;
}

void content_digest_sum(struct content_digest *digest, const struct comm *comm)
{
    comm_sum_bits(comm, digest->sums, 2);
}

status content_digest_verify(struct content_digest *digest, const struct comm *comm,
                             const struct header *header, const char *path)
{
    const char *written = header_text(header, "digest", NULL);
    char text[DIGEST_TEXT_SIZE];
    for (int i = 0; i < header->attribute_count && comm->rank == 0; i++) {
        struct attribute attribute = header_nth_attribute(header, i);
        if (covers(attribute.name))
            content_digest_attribute(digest, &attribute);
    }
    content_digest_sum(digest, comm);
    digest_text(text, digest->sums);
    if (written != NULL && strcmp(written, text) != 0)
        return fail(MFALS_BAD_DATA,
                    "'%s' is damaged or was changed: its contents don't match its digest (a file changed on "
                    "purpose is read "
                    "once its attribute \"digest\" is deleted)",
                    path);
    return MFALS_OK;
}
