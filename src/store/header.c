#include "store/header.h"

#include "base/memory.h"
#include "base/number.h"
#include "read/stream.h"
#include "store/heap_check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has_signature(int fd)
{
    unsigned char begin[MAGIC_BYTES];
    return hdf5_begins(begin, pread(fd, begin, sizeof begin, 0));
}

bool hdf5_file_probe(const char *path)
{
    struct stat file;
    if (stat(path, &file) != 0 || !S_ISREG(file.st_mode)) /* who writes to a pipe would see it closed */
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool found = fd >= 0 && has_signature(fd);
    if (fd >= 0)
        close(fd);
    return found;
}

static status check_file(int64_t *bytes, const char *path)
{
    struct stat file;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* a pipe must not block */
    if (fd < 0 || fstat(fd, &file) != 0) {
        status failed = fail(MFALS_NO_INPUT, "cannot open '%s': %s", path, errno_text(errno));
        if (fd >= 0)
            close(fd);
        return failed;
    }
    bool found = S_ISREG(file.st_mode) && has_signature(fd);
    close(fd);
    *bytes = file.st_size;
    if (!S_ISREG(file.st_mode))
        return fail(MFALS_NO_INPUT, "cannot open '%s': it is %s", path,
                    S_ISDIR(file.st_mode) ? "a folder" : "no regular file");
    return found ? MFALS_OK : fail(MFALS_BAD_DATA, "'%s' is no HDF5 file", path);
}

static status too_much(const char *path)
{
    return fail(MFALS_BAD_DATA, "'%s' holds more than mfals writes", path);
}

/* What the callbacks of HDF5 fill. */
struct reading {
    struct header *header;
    const char *path;
    status failed;
};

static status copy_name(char *copy, const char *prefix, const char *name, const char *path)
{
    int length = snprintf(copy, HEADER_NAME_SIZE, "%s%s", prefix, name);
    return length < HEADER_NAME_SIZE ? MFALS_OK : too_much(path);
}

static status keep_text(struct reading *reading, struct stored_attribute *attribute, const char *text,
                        int64_t length)
{
    struct header *header = reading->header;
    if (length >= HEADER_TEXT_SIZE - header->text_length)
        return too_much(reading->path);
    attribute->text = header->text_length;
    memcpy(header->text + header->text_length, text, (size_t)length);
    header->text[header->text_length + length] = '\0';
    header->text_length += length + 1;
    return MFALS_OK;
}

static status read_variable_text(struct reading *reading, struct stored_attribute *attribute, hid_t id,
                                 hid_t type)
{
    char *text = NULL;
    TRY(hdf5_check_read(H5Aread(id, type, &text), reading->path));
    status kept =
        keep_text(reading, attribute, text == NULL ? "" : text, text == NULL ? 0 : (int64_t)strlen(text));
    H5free_memory(text);
    return kept;
}

static status read_text(struct reading *reading, struct stored_attribute *attribute, hid_t id, hid_t type)
{
    char text[1024] = {0};
    if (H5Tis_variable_str(type) > 0)
        return read_variable_text(reading, attribute, id, type);
    if (H5Tget_size(type) >= sizeof text)
        return too_much(reading->path);
    TRY(hdf5_check_read(H5Aread(id, type, text), reading->path));
    return keep_text(reading, attribute, text, (int64_t)strlen(text));
}

static status read_attribute(struct reading *reading, hid_t file, const char *name)
{
    hdf5_scoped hid_t id = H5I_INVALID_HID, type = H5I_INVALID_HID, space = H5I_INVALID_HID;
    struct header *header = reading->header;
    const char *path = reading->path;
    TRY(hdf5_check_read(id = H5Aopen(file, name, H5P_DEFAULT), path));
    TRY(hdf5_check_read(type = H5Aget_type(id), path));
    TRY(hdf5_check_read(space = H5Aget_space(id), path));
    H5T_class_t class = H5Tget_class(type);
    if (H5Sget_simple_extent_npoints(space) != 1 ||
        (class != H5T_STRING && class != H5T_INTEGER && class != H5T_FLOAT))
        return MFALS_OK;
    if (header->attribute_count == HEADER_ATTRIBUTES)
        return too_much(path);
    struct stored_attribute *attribute = &header->attributes[header->attribute_count++];
    TRY(copy_name(attribute->name, "", name, path));
    attribute->kind = class == H5T_STRING    ? ATTRIBUTE_TEXT
                      : class == H5T_INTEGER ? ATTRIBUTE_INTEGER
                                             : ATTRIBUTE_REAL;
    if (class == H5T_STRING)
        return read_text(reading, attribute, id, type);
    if (class == H5T_INTEGER)
        return hdf5_check_read(H5Aread(id, H5T_NATIVE_INT64, &attribute->integer), path);
    return hdf5_check_read(H5Aread(id, H5T_NATIVE_DOUBLE, &attribute->real), path);
}

static herr_t on_attribute(hid_t file, const char *name, const H5A_info_t *info, void *context)
{
    struct reading *reading = context;
    (void)info;
    reading->failed = read_attribute(reading, file, name);
    return reading->failed == MFALS_OK ? 0 : -1;
}

/* Sizes that the file can hold, and bytes that lie inside it. */
static status check_extent(struct data_set *set, int64_t file_bytes, hid_t id, const char *path)
{
    int64_t bytes;
    if (set->rows < 0 || set->columns < 1 || set->columns > file_bytes || set->width > file_bytes ||
        __builtin_mul_overflow(set->columns, set->width, &set->row_bytes) ||
        __builtin_mul_overflow(set->rows, set->row_bytes, &bytes) || bytes > file_bytes)
        return fail(MFALS_BAD_DATA, "'%s' is damaged: %s claims to be larger than the file", path, set->name);
    haddr_t offset = bytes > 0 ? H5Dget_offset(id) : 0;
    if (offset == HADDR_UNDEF)
        return fail(MFALS_BAD_DATA, "'%s' was not written by mfals: %s has no place in it", path, set->name);
    if (offset > (haddr_t)(file_bytes - bytes))
        return fail(MFALS_BAD_DATA, "'%s' is damaged: %s lies beyond its end", path, set->name);
    set->offset = (int64_t)offset;
    return MFALS_OK;
}

/* Before anything else is asked of a data set: one that is virtual, or stored in other files, makes HDF5 open these. */
static status check_layout(hid_t id, const char *name, const char *path)
{
    hdf5_scoped hid_t creation = H5I_INVALID_HID;
    TRY(hdf5_check_read(creation = H5Dget_create_plist(id), path));
    if (H5Pget_layout(creation) == H5D_CONTIGUOUS && H5Pget_external_count(creation) == 0)
        return MFALS_OK;
    return fail(MFALS_BAD_DATA, "'%s' was not written by mfals: /%s is stored in pieces or in other files",
                path, name);
}

static status read_data_set(struct reading *reading, hid_t id, const char *name)
{
    TRY(check_layout(id, name, reading->path));
    hdf5_scoped hid_t type = H5I_INVALID_HID, space = H5I_INVALID_HID;
    struct header *header = reading->header;
    const char *path = reading->path;
    hsize_t sizes[2] = {0, 1};
    TRY(hdf5_check_read(type = H5Dget_type(id), path));
    TRY(hdf5_check_read(space = H5Dget_space(id), path));
    int dimensions = H5Sget_simple_extent_ndims(space);
    enum element element = hdf5_element_of(type);
    if ((dimensions != 1 && dimensions != 2) || element == ELEMENT_OTHER)
        return MFALS_OK;
    if (header->data_set_count == HEADER_DATA_SETS)
        return too_much(path);
    TRY(hdf5_check_read(H5Sget_simple_extent_dims(space, sizes, NULL), path));
    struct data_set *set = &header->data_sets[header->data_set_count++];
    TRY(copy_name(set->name, "/", name, path));
    set->element = element;
    set->dimensions = dimensions;
    set->rows = (int64_t)sizes[0];
    set->columns = (int64_t)sizes[1];
    set->width = (int64_t)number_max(1, (int64_t)H5Tget_size(type));
    return check_extent(set, header->file_bytes, id, path);
}

static herr_t on_link(hid_t file, const char *name, const H5L_info_t *info, void *context)
{
    struct reading *reading = context;
    if (info->type != H5L_TYPE_HARD) { /* it may lead to another file */
        reading->failed =
            fail(MFALS_BAD_DATA, "'%s' was not written by mfals: /%s is a link", reading->path, name);
        return -1;
    }
    if (strlen(name) >= HEADER_NAME_SIZE) { /* a damaged link may lead back up, and round for ever */
        reading->failed = too_much(reading->path);
        return -1;
    }
    hid_t id = H5Oopen(file, name, H5P_DEFAULT);
    reading->failed = hdf5_check_read(id, reading->path);
    if (reading->failed == MFALS_OK && H5Iget_type(id) == H5I_DATASET)
        reading->failed = read_data_set(reading, id, name);
    if (id >= 0)
        H5Oclose(id);
    return reading->failed == MFALS_OK ? 0 : -1;
}

static status read_contents(struct header *header, hid_t file, const char *path)
{
    struct reading reading = {.header = header, .path = path};
    herr_t result = H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, on_link, &reading);
    TRY(reading.failed);
    TRY(hdf5_check_read(result, path));
    TRY(heap_check(header, path));
    result = H5Aiterate2(file, H5_INDEX_NAME, H5_ITER_INC, NULL, on_attribute, &reading);
    TRY(reading.failed);
    return hdf5_check_read(result, path);
}

/* The attributes that every file has. */
static status read_format(struct header *header, const char *path)
{
    const char *format = header_text(header, "format", "");
    if (strncmp(format, "mfals-", 6) != 0 || strlen(format) >= sizeof header->format)
        return fail(MFALS_BAD_DATA, "'%s' is no file of mfals", path);
    memcpy(header->format, format, strlen(format) + 1);
    header->format_version = (int64_t)header_real(header, "format_version", 0);
    header->complete = header_real(header, "complete", 0) == 1;
    return MFALS_OK;
}

/* [local] */
static status read_alone(struct header *header, const char *path)
{
    hid_t file = H5I_INVALID_HID;
    TRY(check_file(&header->file_bytes, path));
    TRY(hdf5_open_read(&file, path));
    status done = hdf5_close_read(file, path, read_contents(header, file, path));
    return done == MFALS_OK ? read_format(header, path) : done;
}

/* [local] Without filters from outside: what a file asks for is not loaded into the program. */
static status read_without_plugins(struct header *header, const char *path)
{
    unsigned plugins = 0;
    bool known = H5PLget_loading_state(&plugins) >= 0 && H5PLset_loading_state(0) >= 0;
    status done = read_alone(header, path);
    if (known)
        H5PLset_loading_state(plugins);
    return done;
}

status header_read(struct header **header, const struct comm *comm, const char *path)
{
    status done = MFALS_OK;
    TRY(allocate_on_all(comm, header, 1));
    H5E_BEGIN_TRY
    {
        if (comm->rank == 0)
            done = read_without_plugins(*header, path);
    }
    H5E_END_TRY
    if (done != MFALS_OK) /* HDF5 may have lost track of something, and would say so when the process ends */
        H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    done = agree(comm, done);
    if (done == MFALS_OK) {
        comm_broadcast(comm, *header, sizeof **header, 0);
        return MFALS_OK;
    }
    memory_free(*header);
    *header = NULL;
    return done;
}
