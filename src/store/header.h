/* What a file says about itself: read and checked by one rank, then known to all.
 *
 *     scoped struct header *header = NULL;
 *     TRY(header_read(&header, &comm, path));
 *     TRY(header_require(header, path, MODEL_FORMAT, MODEL_FORMAT_VERSION));
 *     const struct data_set *factors = header_find(header, "/users/factors");
 *
 * Every size in it is checked against the size of the file, so that it can be trusted with an allocation. Rows are
 * then read without HDF5 (store/stored_rows.h): where the file is damaged or the disk fails, HDF5 under MPI may hang
 * or crash, also much later.
 */
#ifndef STORE_HEADER_H
#define STORE_HEADER_H

#include "comm/comm.h"
#include "store/attribute.h"
#include "store/hdf5.h"

#include <stdbool.h>

enum {
    HEADER_NAME_SIZE = 64,
    HEADER_ATTRIBUTES = 128,
    HEADER_DATA_SETS = 64,
    HEADER_TEXT_SIZE = 1 << 15,
    HEADER_FORMAT_SIZE = 32
};

struct stored_attribute {
    char name[HEADER_NAME_SIZE];
    int kind;     /* ATTRIBUTE_... */
    int64_t text; /* where it begins in header->text */
    int64_t integer;
    double real;
};

struct data_set {
    char name[HEADER_NAME_SIZE]; /* with its group, "/users/ids" */
    enum element element;
    int dimensions;        /* 1 or 2 */
    int64_t rows, columns; /* columns is 1 with one dimension */
    int64_t width;         /* bytes of an element, >= 1 */
    int64_t row_bytes;     /* columns * width */
    int64_t offset;        /* of its first byte in the file; all its bytes are inside */
};

struct header {
    char format[HEADER_FORMAT_SIZE];
    int64_t format_version;
    bool complete;
    int64_t file_bytes;
    int attribute_count, data_set_count;
    struct stored_attribute attributes[HEADER_ATTRIBUTES]; /* scalar ones, sorted by name */
    struct data_set data_sets[HEADER_DATA_SETS];           /* those of a known element, by name */
    char text[HEADER_TEXT_SIZE];
    int64_t text_length;
};

/* [local] Whether the file can be opened and begins like an HDF5 file. */
bool hdf5_file_probe(const char *path);

/* [collective] *header is to be freed with memory_free, NULL on failure. MFALS_NO_INPUT where path cannot be opened,
 * MFALS_BAD_DATA where it is no HDF5 file, cut off, damaged or not of mfals. It may be incomplete. */
status header_read(struct header **header, const struct comm *comm, const char *path);

/* [local] Whether it is a complete file of this format, up to this version: MFALS_BAD_DATA with the reason if not. */
status header_require(const struct header *header, const char *path, const char *format, int64_t version);

/* [local] NULL where there is none of that name. */
const struct data_set *header_find(const struct header *header, const char *name);

/* [local] The attribute as it was written; false where there is none of that name. Its texts live in header. */
bool header_attribute(struct attribute *attribute, const struct header *header, const char *name);
struct attribute header_nth_attribute(const struct header *header, int n);

/* [local] The value of an attribute, or otherwise where there is none of that name and kind; a real may be stored as
 * an integer. */
const char *header_text(const struct header *header, const char *name, const char *otherwise);
double header_real(const struct header *header, const char *name, double otherwise);
int64_t header_integer(const struct header *header, const char *name, int64_t otherwise);

#endif
