#include "cli/settings.h"

#include "base/memory.h"
#include "cli/command_line.h"
#include "cli/config_file.h"
#include "cli/options.h"

#include <math.h>
#include <stdio.h>

/* The values that depend on other options. */
static void settle(struct settings *settings)
{
    struct solve_options *solve = &settings->solve;
    if (!solve->has_init) {
        solve->init = solve->has_unobserved_weight ? INIT_NORMAL : INIT_UNIFORM;
        solve->init_scale = solve->has_unobserved_weight ? 0.1 / sqrt(solve->factors) : 0.01;
        solve->has_init = true;
    }
    const char *kind = solve->init == INIT_NORMAL ? "normal" : "uniform";
    snprintf(settings->init_text, sizeof settings->init_text, "%s:%.15g", kind, solve->init_scale);
    settings->ratings.skip_bad_lines = settings->on_bad_line == 1;
    settings->ratings.positive_only = solve->algorithm == ALGORITHM_IALS;
}

/* The command line is read once to find the file, and once more to win over it. */
status settings_load(struct settings *settings, const struct comm *comm, int argc, char **argv)
{
    options_default(settings);
    TRY(agree(comm, command_line_parse(settings, argc, argv)));
    if (settings->config != NULL && settings->show == SHOW_NOTHING) {
        const char *path = settings->config;
        options_default(settings);
        TRY(config_file_read(settings, comm, path));
        TRY(agree(comm, command_line_parse(settings, argc, argv)));
    }
    settle(settings);
    return MFALS_OK;
}

void settings_free(struct settings *settings)
{
    memory_free(settings->config_values);
    settings->config_values = NULL;
}
