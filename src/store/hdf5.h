/* HDF5 with the failures of base/status.h, and the layout of a file by one rank.
 *
 *     hid_t file;
 *     TRY(hdf5_create(&file, path));                                   [local] with the serial driver
 *     status laid_out = lay_out(file, path);                           data sets, attributes
 *     return hdf5_close(file, path, laid_out);
 *
 * The rows of the data sets are then written by all ranks: store/row_slab.h. Names given as `path` are for
 * messages. HDF5's own printing is the caller's to switch off (H5E_BEGIN_TRY).
 */
#ifndef STORE_HDF5_H
#define STORE_HDF5_H

#include "base/status.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

/* [local] MFALS_OK for a result >= 0 of any HDF5 function; else MFALS_IO, "cannot write 'path': " and HDF5's first
 * reason. */
status hdf5_check(int64_t result, const char *path);

/* [local] The same for reading: MFALS_BAD_DATA, "'path' is cut off or damaged: " and HDF5's first reason. */
status hdf5_check_read(int64_t result, const char *path);

/* [local] Whether all is well with HDF5. Once a file could not be closed it is not: MPI_Finalize, which ends HDF5 too,
 * may then crash or hang, and the process is to be ended without it. */
bool hdf5_sound(void);
void hdf5_give_up(void);

/* hdf5_scoped hid_t space = H5I_INVALID_HID;      closed on every way out of the block */
void hdf5_scope_end(const hid_t *id);
#define hdf5_scoped __attribute__((cleanup(hdf5_scope_end)))

/* [local] Creates or truncates a file. *file is to be closed with hdf5_close. */
status hdf5_create(hid_t *file, const char *path);

/* [local] Opens an existing file for writing. */
status hdf5_open(hid_t *file, const char *path);

/* [local] Opens a file for reading by this rank alone, without a lock. To be closed with H5Fclose, which then closes
 * all that is open in it. */
status hdf5_open_read(hid_t *file, const char *path);

/* [local] Closes the file; `before`, if that is a failure already, else the status of the close. */
status hdf5_close(hid_t file, const char *path, status before);
status hdf5_close_read(hid_t file, const char *path, status before); /* one that was only read */

/* [local] A variable-length UTF-8 string, an int64, a float64 at the root of the file. An existing one is
 * overwritten. */
status hdf5_set_text(hid_t file, const char *path, const char *name, const char *text);
status hdf5_set_integer(hid_t file, const char *path, const char *name, int64_t value);
status hdf5_set_real(hid_t file, const char *path, const char *name, double value);

/* [local] A group, for the data sets whose names begin with its own. */
status hdf5_create_group(hid_t file, const char *path, const char *name);

/* [local] A contiguous data set of `dimensions` sizes, its space allocated at once and never filled. type:
 * H5T_NATIVE_..., so that what is in memory is what is in the file. */
status hdf5_create_data_set(hid_t file, const char *path, const char *name, hid_t type, int dimensions,
                            const hsize_t *sizes);

/* [local] A one-dimensional data set of float64 with its values. */
status hdf5_write_reals(hid_t file, const char *path, const char *name, const double *values, int64_t count);

/* The types of numbers and text in the files, native in byte order. Text is fixed-length UTF-8 padded with NUL. */
enum element { ELEMENT_OTHER, ELEMENT_FLOAT32, ELEMENT_FLOAT64, ELEMENT_INT64, ELEMENT_UINT32, ELEMENT_TEXT };

/* [local] *type = the HDF5 type of an element, to be closed. width: bytes of a text, >= 1. */
status hdf5_element_type(hid_t *type, const char *path, enum element element, int64_t width);

/* [local] The element that an HDF5 type is; ELEMENT_OTHER if it is none of these. */
enum element hdf5_element_of(hid_t type);

#endif
