/* What the fuzz targets share. Each defines LLVMFuzzerTestOneInput (llvm.org/docs/LibFuzzer.html), which must
 * survive any bytes: no crash, no report of a sanitizer, nothing slow, and what it requires of the answers holds.
 * A target whose input is more than text says in its head what the bytes mean.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include "read/format.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most); /* libFuzzer's own */

/* [local] Ends the process, saying where, if the condition does not hold. */
#define FUZZ_REQUIRE(condition) fuzz_require((condition), #condition, __FILE__, __LINE__)
void fuzz_require(int holds, const char *text, const char *file, int line);

/* [local] Parses all lines behind the head of a text as the reader does, and requires that each is sound or has a
 * fault that can be shown. */
void fuzz_parse_lines(const struct format *format, const char *text, int64_t length);

#endif
