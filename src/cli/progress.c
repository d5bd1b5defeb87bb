#include "cli/progress.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

enum { BAR_WIDTH = 24, LINE_SIZE = 400, NARROWEST = 11 };

static void draw_bar(const struct progress *progress, int done, double objective)
{
    char bar[BAR_WIDTH + 1], line[160], rest[40] = "";
    int filled = (int)((int64_t)BAR_WIDTH * done / progress->iterations);
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)filled);
    bar[BAR_WIDTH] = '\0';
    if (done > 0) {
        double left = (phase_clock() - progress->begun) / done * (progress->iterations - done);
        snprintf(rest, sizeof rest, "  %.0f:%02d left", left < 60 ? 0 : (left - 30) / 60, (int)left % 60);
        snprintf(line, sizeof line, "[%s] iteration %d of %d  objective %.6g%s", bar, done + 1,
                 progress->iterations, objective, rest);
    } else
        snprintf(line, sizeof line, "[%s] iteration 1 of %d", bar, progress->iterations);
    log_progress(line);
}

void progress_begin(struct progress *progress, int iterations, int64_t ratings)
{
    *progress = (struct progress){.iterations = iterations, .ratings = ratings, .begun = phase_clock()};
    if (iterations > 0)
        draw_bar(progress, 0, 0);
}

static int width_of(const char *name)
{
    int length = (int)strlen(name);
    return length > NARROWEST ? length : NARROWEST;
}

static void print_header(const struct measures *measures)
{
    char line[LINE_SIZE];
    int length = snprintf(line, sizeof line, "iteration");
    for (int i = 0; i < measures->count; i++)
        length += snprintf(line + length, sizeof line - (size_t)length, "  %*s", width_of(measures->name[i]),
                           measures->name[i]);
    log_line("%s  %9s  %10s", line, "seconds", "Mratings/s");
}

void progress_iteration(const struct progress *progress, const struct figures *figures,
                        const struct measures *measures)
{
    char line[LINE_SIZE];
    if (figures->iteration == 1)
        print_header(measures);
    int length = snprintf(line, sizeof line, "%9d", figures->iteration);
    for (int i = 0; i < measures->count; i++)
        length += snprintf(line + length, sizeof line - (size_t)length, "  %*.7g",
                           width_of(measures->name[i]), measures->value[i]);
    log_line("%s  %9.3f  %10.3f", line, figures->wall_s, 1e-6 * (double)progress->ratings / figures->wall_s);
    if (figures->iteration < progress->iterations)
        draw_bar(progress, figures->iteration, figures->objective);
}
