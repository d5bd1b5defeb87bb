#include "store/hdf5.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The innermost reason comes first when walking upward. */
static herr_t copy_first(unsigned depth, const H5E_error2_t *error, void *text)
{
    if (depth == 0 && error->desc != NULL)
        snprintf(text, FAILURE_MESSAGE_SIZE / 2, "%s", error->desc);
    return 0;
}

/* Of a system call that failed HDF5 tells over several lines, with addresses: what matters is the system's word. */
static void shorten(char *reason)
{
    static const char mark[] = "error message = '";
    char *word = strstr(reason, mark);
    if (word != NULL)
        memmove(reason, word + strlen(mark), strlen(word + strlen(mark)) + 1);
    reason[strcspn(reason, word != NULL ? "'\n" : "\n")] = '\0';
}

static void first_reason(char *reason)
{
    snprintf(reason, FAILURE_MESSAGE_SIZE / 2, "HDF5 gives no reason");
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, copy_first, reason);
    shorten(reason);
}

status hdf5_check(int64_t result, const char *path)
{
    if (result >= 0)
        return MFALS_OK;
    char reason[FAILURE_MESSAGE_SIZE / 2];
    first_reason(reason);
    return fail(MFALS_IO, "cannot write '%s': %s", path, reason);
}

status hdf5_check_read(int64_t result, const char *path)
{
    if (result >= 0)
        return MFALS_OK;
    char reason[FAILURE_MESSAGE_SIZE / 2];
    first_reason(reason);
    return fail(MFALS_BAD_DATA, "'%s' is cut off or damaged: %s", path, reason);
}

static bool sound = true;

bool hdf5_sound(void)
{
    return sound;
}

void hdf5_give_up(void)
{
    sound = false;
}

void hdf5_scope_end(const hid_t *id)
{
    if (*id > 0)
        H5Idec_ref(*id);
}

/* The properties of an object to be created, without the time of its creation: equal models are equal files.
 */
static status create_untimed(hid_t *creation, const char *path, hid_t class)
{
    TRY(hdf5_check(*creation = H5Pcreate(class), path));
    return hdf5_check(H5Pset_obj_track_times(*creation, false), path);
}

/* How a file is opened: closed with all that is open in it, and without a lock, which some file systems have not; a
 * file under its name is whole and never written again, and one under way is its writer's. */
static status new_access(hid_t *access, const char *path)
{
    TRY(hdf5_check(*access = H5Pcreate(H5P_FILE_ACCESS), path));
    TRY(hdf5_check(H5Pset_fclose_degree(*access, H5F_CLOSE_STRONG), path));
    return hdf5_check(H5Pset_file_locking(*access, false, true), path);
}

status hdf5_create(hid_t *file, const char *path)
{
    hdf5_scoped hid_t creation = H5I_INVALID_HID, access = H5I_INVALID_HID;
    TRY(create_untimed(&creation, path, H5P_FILE_CREATE));
    TRY(new_access(&access, path));
    /* The oldest format whose metadata carries checksums. */
    TRY(hdf5_check(H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18), path));
    return hdf5_check(*file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access), path);
}

status hdf5_open(hid_t *file, const char *path)
{
    hdf5_scoped hid_t access = H5I_INVALID_HID;
    TRY(new_access(&access, path));
    return hdf5_check(*file = H5Fopen(path, H5F_ACC_RDWR, access), path);
}

status hdf5_open_read(hid_t *file, const char *path)
{
    hdf5_scoped hid_t access = H5I_INVALID_HID;
    TRY(new_access(&access, path));
    return hdf5_check_read(*file = H5Fopen(path, H5F_ACC_RDONLY, access), path);
}

status hdf5_close(hid_t file, const char *path, status before)
{
    herr_t closed = H5Fclose(file);
    if (closed < 0)
        hdf5_give_up();
    return before != MFALS_OK ? before : hdf5_check(closed, path);
}

status hdf5_close_read(hid_t file, const char *path, status before)
{
    if (H5Fclose(file) >= 0)
        return before;
    hdf5_give_up();
    return before != MFALS_OK ? before : fail(MFALS_IO, "cannot close '%s' after reading", path);
}

static status set_attribute(hid_t file, const char *path, const char *name, hid_t type, const void *value)
{
    hdf5_scoped hid_t space = H5I_INVALID_HID, attribute = H5I_INVALID_HID;
    htri_t exists = H5Aexists(file, name);
    TRY(hdf5_check(exists, path));
    TRY(hdf5_check(space = H5Screate(H5S_SCALAR), path));
    attribute = exists ? H5Aopen(file, name, H5P_DEFAULT)
                       : H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    TRY(hdf5_check(attribute, path));
    return hdf5_check(H5Awrite(attribute, type, value), path);
}

status hdf5_set_text(hid_t file, const char *path, const char *name, const char *text)
{
    hdf5_scoped hid_t type = H5I_INVALID_HID;
    TRY(hdf5_check(type = H5Tcopy(H5T_C_S1), path));
    TRY(hdf5_check(H5Tset_size(type, H5T_VARIABLE), path));
    TRY(hdf5_check(H5Tset_cset(type, H5T_CSET_UTF8), path));
    return set_attribute(file, path, name, type, &text);
}

status hdf5_set_integer(hid_t file, const char *path, const char *name, int64_t value)
{
    return set_attribute(file, path, name, H5T_NATIVE_INT64, &value);
}

status hdf5_set_real(hid_t file, const char *path, const char *name, double value)
{
    return set_attribute(file, path, name, H5T_NATIVE_DOUBLE, &value);
}

status hdf5_create_group(hid_t file, const char *path, const char *name)
{
    hdf5_scoped hid_t creation = H5I_INVALID_HID;
    TRY(create_untimed(&creation, path, H5P_GROUP_CREATE));
    hid_t group = H5Gcreate2(file, name, H5P_DEFAULT, creation, H5P_DEFAULT);
    TRY(hdf5_check(group, path));
    return hdf5_check(H5Gclose(group), path);
}

static status create_data_set(hid_t *data_set, hid_t file, const char *path, const char *name, hid_t type,
                              int dimensions, const hsize_t *sizes)
{
    hdf5_scoped hid_t space = H5I_INVALID_HID, creation = H5I_INVALID_HID;
    TRY(hdf5_check(space = H5Screate_simple(dimensions, sizes, NULL), path));
    TRY(create_untimed(&creation, path, H5P_DATASET_CREATE));
    TRY(hdf5_check(H5Pset_layout(creation, H5D_CONTIGUOUS), path));
    TRY(hdf5_check(H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY), path));
    TRY(hdf5_check(H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER), path));
    return hdf5_check(*data_set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT),
                      path);
}

status hdf5_create_data_set(hid_t file, const char *path, const char *name, hid_t type, int dimensions,
                            const hsize_t *sizes)
{
    hid_t data_set = H5I_INVALID_HID;
    TRY(create_data_set(&data_set, file, path, name, type, dimensions, sizes));
    return hdf5_check(H5Dclose(data_set), path);
}

status hdf5_write_reals(hid_t file, const char *path, const char *name, const double *values, int64_t count)
{
    hid_t data_set = H5I_INVALID_HID;
    hsize_t size = (hsize_t)count;
    TRY(create_data_set(&data_set, file, path, name, H5T_NATIVE_DOUBLE, 1, &size));
    herr_t written =
        count > 0 ? H5Dwrite(data_set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) : 0;
    status result = hdf5_check(written, path);
    herr_t closed = H5Dclose(data_set);
    return result != MFALS_OK ? result : hdf5_check(closed, path);
}

static status text_type(hid_t type, const char *path, int64_t width)
{
    TRY(hdf5_check(H5Tset_size(type, (size_t)width), path));
    TRY(hdf5_check(H5Tset_cset(type, H5T_CSET_UTF8), path));
    return hdf5_check(H5Tset_strpad(type, H5T_STR_NULLPAD), path);
}

/* The type that an element's is a copy of. */
static hid_t base_type(enum element element)
{
    switch (element) {
    case ELEMENT_FLOAT32:
        return H5T_NATIVE_FLOAT;
    case ELEMENT_FLOAT64:
        return H5T_NATIVE_DOUBLE;
    case ELEMENT_INT64:
        return H5T_NATIVE_INT64;
    case ELEMENT_UINT32:
        return H5T_NATIVE_UINT32;
    case ELEMENT_TEXT:
        return H5T_C_S1;
    case ELEMENT_OTHER:
        break;
    }
    return H5I_INVALID_HID;
}

status hdf5_element_type(hid_t *type, const char *path, enum element element, int64_t width)
{
    TRY(hdf5_check(*type = H5Tcopy(base_type(element)), path));
    return element == ELEMENT_TEXT ? text_type(*type, path, width) : MFALS_OK;
}

enum element hdf5_element_of(hid_t type)
{
    for (enum element element = ELEMENT_FLOAT32; element < ELEMENT_TEXT; element++)
        if (H5Tequal(type, base_type(element)) > 0)
            return element;
    bool text = H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0;
    return text && H5Tget_strpad(type) == H5T_STR_NULLPAD ? ELEMENT_TEXT : ELEMENT_OTHER;
}
