#include "cli/bar.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SHORTEST = 5, LONGEST = 24, BRACKETS = 3 };

const char *duration_text(char text[DURATION_SIZE], double seconds)
{
    long s = lround(fmin(fmax(seconds, 0), 1e9)), minutes = s / 60, hours = minutes / 60;
    if (hours >= 48)
        snprintf(text, DURATION_SIZE, "%ldd %02ldh", hours / 24, hours % 24);
    else if (hours > 0)
        snprintf(text, DURATION_SIZE, "%ld:%02ld:%02ld", hours, minutes % 60, s % 60);
    else
        snprintf(text, DURATION_SIZE, "%ld:%02ld", minutes, s % 60);
    return text;
}

/* Takes the room for a part, if there is enough. Returns the part, or "". */
static const char *part_for(int *room, const char *part, int reserve)
{
    int length = (int)strlen(part);
    if (length + reserve > *room)
        return "";
    *room -= length;
    return part;
}

void bar_compose(char *line, int width, const struct bar *bar)
{
    char left[DURATION_SIZE + 8] = "", time[DURATION_SIZE], drawn[BRACKETS + LONGEST + 1] = "";
    if (width > BAR_SIZE - 1)
        width = BAR_SIZE - 1;
    if (bar->left >= 0)
        snprintf(left, sizeof left, "  %s left", duration_text(time, bar->left));
    int room = width - (int)strlen(bar->label);
    const char *left_part = part_for(&room, left, 0);
    const char *detail = part_for(&room, bar->detail, SHORTEST + BRACKETS);
    int length = room - BRACKETS < LONGEST ? room - BRACKETS : LONGEST;
    if (length >= SHORTEST) {
        int filled = (int)(length * fmin(fmax(bar->done, 0), 1));
        drawn[0] = '[';
        memset(drawn + 1, '#', (size_t)filled);
        memset(drawn + 1 + filled, '.', (size_t)(length - filled));
        memcpy(drawn + 1 + length, "] ", sizeof "] ");
    }
    snprintf(line, (size_t)(width > 0 ? width : 0) + 1, "%s%s%s%s", drawn, bar->label, detail, left_part);
}
