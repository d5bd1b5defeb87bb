#include "cli/progress.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

enum { BAR_WIDTH = 24 };

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
    if (iterations == 0)
        return;
    log_line(
        "iteration      objective    total_loss  predict_error  confidence_error  regularization    seconds  "
        "Mratings/s");
    draw_bar(progress, 0, 0);
}

void progress_iteration(const struct progress *progress, const struct figures *figures)
{
    log_line("%9d  %13.8g  %12.6g  %13.6g  %16.6g  %14.6g  %9.3f  %10.3f", figures->iteration,
             figures->objective, figures->total_loss, figures->predict_error, figures->confidence_error,
             figures->regularization, figures->wall_s, 1e-6 * (double)progress->ratings / figures->wall_s);
    if (figures->iteration < progress->iterations)
        draw_bar(progress, figures->iteration, figures->objective);
}
