#include "options/commands.h"

#include <string.h>

const struct command command_table[] = {
    {"train", FOR_TRAIN, 0, 0, "[RATINGS...]", "", "fit a model to ratings (the default)", "The model:",
     "Fits a factor model to ratings: files, also compressed, or folders of files; \"user item rating\" a "
     "line. Without any, to the sample that comes with mfals."},
    {"evaluate", FOR_EVALUATE, 1, 1, "MODEL", "--test FILE ", "score a model on test ratings", "The model:",
     "Ranks each user's test items among items the user has not rated, and says how high they come."},
    {"recommend", FOR_RECOMMEND, 1, 1, "MODEL", "", "the best items for users", "The lists:",
     "Lists the items with the highest scores for each user, without those already rated: user, item, score, "
     "rank, separated by tabs."},
    {"similar", FOR_SIMILAR, 1, 1, "MODEL", "--item ID ", "the items most similar to one",
     "The list:", "Lists the items whose factors are nearest to an item's by cosine."},
    {"convert", FOR_CONVERT, 1, 0, "RATINGS...|MODEL", "-o FILE ", "ratings to HDF5, a model to .npy or text",
     "The model:",
     "Converts ratings to HDF5 (-o FILE.h5), which loads faster than text, or a model to NumPy's format "
     "(-o PREFIX.npy) or to text (-o FILE.txt)."},
    {"generate", FOR_GENERATE, 0, -1, "", "-o FILE ", "synthetic ratings of any size",
     "The synthetic ratings:",
     "Writes synthetic ratings: of low rank and noise, the numbers of ratings of users and of items "
     "following "
     "power "
     "laws."},
    {"info", FOR_INFO, 1, 1, "FILE", "", "what a file holds",
     "The file:", "Says what a file of mfals holds."},
    {"check", FOR_CHECK, 1, 1, "FILE", "", "whether a file is whole", "The file:",
     "Checks that a file of mfals is complete, of the sizes it says, and unchanged since it was written."},
    {"plan", FOR_PLAN, 0, 0, "[RATINGS...]", "", "what memory and time a training will take", "The training:",
     "Predicts memory, time and traffic of a node, for ratings of the sizes given or for those of a file, "
     "from "
     "the speed of this machine."},
};
const int command_count = sizeof command_table / sizeof command_table[0];

const struct command *command_find(const char *name)
{
    for (int i = 0; i < command_count; i++)
        if (strcmp(command_table[i].name, name) == 0)
            return &command_table[i];
    return NULL;
}
