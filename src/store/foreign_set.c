#include "store/foreign_set.h"

#include "base/number.h"
#include "base/watchdog.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MOST = 1 << 16 };

/* Beyond these a file claims more than it can hold: what deflate makes of zeros, and what a rank has to take in at once. */
static const int64_t deflate_most = 1100, chunk_most = (int64_t)1 << 30;

static status refuse(const struct foreign_set *set, const char *path, const char *reason)
{
    return fail(MFALS_BAD_DATA, "%s: %s %s", path, set->name, reason);
}

/* found <- whether there is such a thing in the file itself. Links may lead to other files. */
static status find_link(bool *found, const struct foreign_set *set, hid_t file, const char *path,
                        const char *name)
{
    H5L_info_t info;
    htri_t there = H5Lexists(file, name, H5P_DEFAULT);
    TRY(hdf5_check_read(there, path));
    *found = there > 0;
    if (!*found)
        return MFALS_OK;
    TRY(hdf5_check_read(H5Lget_info(file, name, &info, H5P_DEFAULT), path));
    return info.type == H5L_TYPE_HARD ? MFALS_OK
                                      : refuse(set, path, "is behind a link, which is not followed");
}

static status find(bool *found, const struct foreign_set *set, hid_t file, const char *path)
{
    char group[64];
    snprintf(group, sizeof group, "%.*s", (int)(strrchr(set->name, '/') - set->name), set->name);
    TRY(find_link(found, set, file, path, group));
    if (!*found)
        return MFALS_OK;
    hdf5_scoped hid_t id = H5I_INVALID_HID;
    TRY(hdf5_check_read(id = H5Oopen(file, group, H5P_DEFAULT), path));
    *found = H5Iget_type(id) == H5I_GROUP;
    return *found ? find_link(found, set, file, path, set->name) : MFALS_OK;
}

static status check_filters(const struct foreign_set *set, const char *path, hid_t creation)
{
    int filters = H5Pget_nfilters(creation);
    for (int i = 0; i < filters; i++) {
        unsigned flags, config;
        size_t values = 0;
        char name[64] = "";
        H5Z_filter_t filter =
            H5Pget_filter2(creation, (unsigned)i, &flags, &values, NULL, sizeof name, name, &config);
        TRY(hdf5_check_read(filter, path));
        if (H5Zfilter_avail(filter) <= 0)
            return refuse(set, path, "is compressed in a way that is not known here: gzip is");
    }
    return MFALS_OK;
}

/* Before anything else is asked of a data set: one that is virtual, or stored in other files, makes HDF5 open these. */
static status check_layout(struct foreign_set *set, const char *path, hid_t creation)
{
    H5D_layout_t layout = H5Pget_layout(creation);
    if ((layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED) || H5Pget_external_count(creation) != 0)
        return refuse(set, path, "is neither contiguous nor in chunks of the file itself");
    return check_filters(set, path, creation);
}

static status text_type(struct foreign_set *set, const char *path, hid_t type)
{
    htri_t variable = H5Tis_variable_str(type);
    TRY(hdf5_check_read(variable, path));
    set->kind = FOREIGN_TEXT;
    set->variable = variable > 0;
    set->padded = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
    set->width = set->variable ? (int64_t)sizeof(char *) : (int64_t)H5Tget_size(type);
    if (set->width > TEXT_MOST)
        return refuse(set, path, "is text of more than 64 KiB each");
    return hdf5_check_read(set->type = H5Tcopy(type), path);
}

/* How its elements are to be read. */
static status choose_type(struct foreign_set *set, const char *path, hid_t type)
{
    H5T_class_t class = H5Tget_class(type);
    if (class == H5T_STRING)
        return text_type(set, path, type);
    if ((class != H5T_INTEGER && class != H5T_FLOAT) || H5Tget_size(type) > sizeof(int64_t))
        return refuse(set, path, "is neither integers or floats of at most 64 bits nor text");
    bool beyond =
        class == H5T_INTEGER && H5Tget_sign(type) == H5T_SGN_NONE && H5Tget_size(type) == sizeof(uint64_t);
    set->kind = class == H5T_FLOAT ? FOREIGN_REALS : beyond ? FOREIGN_UNSIGNED : FOREIGN_INTEGERS;
    set->width = sizeof(int64_t);
    return hdf5_check_read(set->type = H5Tcopy(class == H5T_FLOAT ? H5T_NATIVE_DOUBLE
                                               : beyond           ? H5T_NATIVE_UINT64
                                                                  : H5T_NATIVE_INT64),
                           path);
}

/* Whether as many bytes as it claims can lie in the file. chunk_bytes: of a chunk, 0 without. */
static status check_extent(int64_t *chunk_bytes, const struct foreign_set *set, hid_t file, const char *path,
                           hid_t creation, int64_t element)
{
    int64_t bytes;
    hsize_t chunk = 0, stored = H5Dget_storage_size(set->id), whole = 0;
    bool chunked = H5Pget_layout(creation) == H5D_CHUNKED,
         filtered = chunked && H5Pget_nfilters(creation) > 0;
    TRY(hdf5_check_read(H5Fget_filesize(file, &whole), path));
    stored = stored < whole ? stored : whole;
    if (chunked)
        TRY(hdf5_check_read(H5Pget_chunk(creation, 1, &chunk), path));
    if (chunk > (hsize_t)(chunk_most / element))
        return refuse(set, path, "is in chunks of more than 1 GiB");
    *chunk_bytes = (int64_t)chunk * element;
    if (set->rows < 0 || __builtin_mul_overflow(set->rows, element, &bytes) ||
        (hsize_t)(bytes / (filtered ? deflate_most : 1)) > stored)
        return refuse(set, path,
                      "claims more than the file holds: it was not written to its end, or is damaged");
    return MFALS_OK;
}

static status open_id(struct foreign_set *set, hid_t file, const char *path, hid_t access)
{
    hdf5_scope_end(&set->id);
    return hdf5_check_read(set->id = H5Dopen2(file, set->name, access), path);
}

/* Opened anew where a chunk is larger than what HDF5 keeps of them: it would be decompressed again for every piece of it. */
static status keep_chunk(struct foreign_set *set, hid_t file, const char *path, int64_t chunk_bytes)
{
    hdf5_scoped hid_t access = H5I_INVALID_HID;
    if (chunk_bytes <= (int64_t)1 << 20)
        return MFALS_OK;
    TRY(hdf5_check_read(access = H5Pcreate(H5P_DATASET_ACCESS), path));
    TRY(hdf5_check_read(H5Pset_chunk_cache(access, 521, (size_t)chunk_bytes, 1), path));
    return open_id(set, file, path, access);
}

static status look(struct foreign_set *set, hid_t file, const char *path)
{
    int64_t chunk_bytes = 0;
    hdf5_scoped hid_t creation = H5I_INVALID_HID, type = H5I_INVALID_HID, space = H5I_INVALID_HID;
    hsize_t rows = 0;
    TRY(hdf5_check_read(creation = H5Dget_create_plist(set->id), path));
    TRY(check_layout(set, path, creation));
    TRY(hdf5_check_read(type = H5Dget_type(set->id), path));
    TRY(hdf5_check_read(space = H5Dget_space(set->id), path));
    TRY(choose_type(set, path, type));
    if (H5Sget_simple_extent_ndims(space) != 1)
        return refuse(set, path, "is not one-dimensional");
    TRY(hdf5_check_read(H5Sget_simple_extent_dims(space, &rows, NULL), path));
    set->rows = (int64_t)rows;
    TRY(check_extent(&chunk_bytes, set, file, path, creation, number_max(1, (int64_t)H5Tget_size(type))));
    return keep_chunk(set, file, path, chunk_bytes);
}

status foreign_set_open(struct foreign_set *set, hid_t file, const char *path, const char *name)
{
    bool found;
    *set = (struct foreign_set){.name = name};
    TRY(find(&found, set, file, path));
    if (!found)
        return MFALS_OK;
    H5O_info_t info;
    TRY(hdf5_check_read(H5Oget_info_by_name(file, name, &info, H5P_DEFAULT), path));
    if (info.type != H5O_TYPE_DATASET)
        return refuse(set, path, "is no data set");
    TRY(open_id(set, file, path, H5P_DEFAULT));
    return look(set, file, path);
}

int64_t foreign_set_piece(const struct foreign_set *set)
{
    return FOREIGN_PIECE_BYTES / set->width;
}

status foreign_set_read(const struct foreign_set *set, const char *path, void *buffer, int64_t first,
                        int64_t count)
{
    hdf5_scoped hid_t space = H5I_INVALID_HID, memory = H5I_INVALID_HID;
    hsize_t start = (hsize_t)first, size = (hsize_t)count;
    watchdog_note();
    TRY(hdf5_check_read(space = H5Dget_space(set->id), path));
    TRY(hdf5_check_read(H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &size, NULL), path));
    TRY(hdf5_check_read(memory = H5Screate_simple(1, &size, NULL), path));
    memset(buffer, 0, (size_t)(count * set->width));
    status done = hdf5_check_read(H5Dread(set->id, set->type, memory, space, H5P_DEFAULT, buffer), path);
    if (done != MFALS_OK)
        foreign_set_release(set, buffer, count);
    return done;
}

void foreign_set_release(const struct foreign_set *set, void *buffer, int64_t count)
{
    char **texts = buffer;
    for (int64_t i = 0; set->variable && i < count; i++)
        H5free_memory(texts[i]);
}

static void take_text(struct foreign_text *text, const struct foreign_set *set, const char *begin)
{
    if (begin == NULL)
        begin = "";
    text->text = begin;
    text->length = (int64_t)(set->variable ? strlen(begin) : strnlen(begin, (size_t)set->width));
    while (set->padded && !set->variable && text->length > 0 && begin[text->length - 1] == ' ')
        text->length--;
}

void foreign_set_text(struct foreign_text *text, const struct foreign_set *set, const void *buffer, int64_t i)
{
    if (set->kind == FOREIGN_TEXT) {
        take_text(text, set,
                  set->variable ? ((char *const *)buffer)[i] : (const char *)buffer + i * set->width);
        return;
    }
    text->text = text->digits;
    text->length =
        set->kind == FOREIGN_UNSIGNED
            ? snprintf(text->digits, sizeof text->digits, "%" PRIu64, ((const uint64_t *)buffer)[i])
            : snprintf(text->digits, sizeof text->digits, "%" PRId64, ((const int64_t *)buffer)[i]);
}

double foreign_set_real(const struct foreign_set *set, const void *buffer, int64_t i)
{
    return set->kind == FOREIGN_REALS      ? ((const double *)buffer)[i]
           : set->kind == FOREIGN_UNSIGNED ? (double)((const uint64_t *)buffer)[i]
                                           : (double)((const int64_t *)buffer)[i];
}

bool foreign_set_integer(int64_t *value, const struct foreign_set *set, const void *buffer, int64_t i)
{
    if (set->kind == FOREIGN_REALS) {
        double real = floor(((const double *)buffer)[i]);
        *value = real >= -0x1p63 && real < 0x1p63 ? (int64_t)real : 0;
        return real >= -0x1p63 && real < 0x1p63;
    }
    *value = ((const int64_t *)buffer)[i];
    return set->kind == FOREIGN_INTEGERS || *value >= 0;
}

void foreign_set_close(struct foreign_set *set)
{
    hdf5_scope_end(&set->type);
    hdf5_scope_end(&set->id);
    *set = (struct foreign_set){0};
}
