/* mfals generate: synthetic ratings. */
#include "cli/dispatch.h"
#include "cli/screen.h"

#include <inttypes.h>

enum mfals_status cmd_generate(struct program *program)
{
    const char *output = program_text(program, "output");
    int64_t count, bytes;
    if (output == NULL)
        return FAIL(program, MFALS_USAGE, "generate: needs --output FILE");
    TRY(mfals_generate(program->options, output, &count, &bytes));
    screen_line("wrote %s: %" PRId64 " ratings, %" PRId64 " bytes", output, count, bytes);
    return MFALS_OK;
}
