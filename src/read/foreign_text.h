/* Text whose lines are no ratings, told by its first lines: it is refused by name, with the command that turns it into
 * ratings. All local. */
#ifndef READ_FOREIGN_TEXT_H
#define READ_FOREIGN_TEXT_H

#include "base/status.h"

#include <stdint.h>

/* [local] text: the first `length` bytes of the file `path`, of which the last line may be cut. MFALS_BAD_DATA where it is
 * unmistakably JSON, lines of libSVM or libFM, or blocks as Netflix and Yahoo Music had them. */
status foreign_text_check(const char *path, const char *text, int64_t length);

#endif
