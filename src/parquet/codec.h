/* The compression of pages. All local. */
#ifndef PARQUET_CODEC_H
#define PARQUET_CODEC_H

#include "base/status.h"

#include <stdint.h>

/* "Snappy", ...; never NULL. codec: as the format numbers them; any number may be given. */
const char *codec_name(int64_t codec);

/* How many bytes one compressed byte can become at most; 0: it cannot be read. */
int64_t codec_expansion(int64_t codec);

/* Decompresses from[0..from_bytes) to exactly to_bytes bytes. MFALS_BAD_DATA with the reason alone, where the data is
 * damaged or of another length; MFALS_NO_MEMORY. */
status codec_decompress(int64_t codec, uint8_t *to, int64_t to_bytes, const uint8_t *from,
                        int64_t from_bytes);

#endif
