#include "read/column_names.h"

#include "base/number.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { WORDS_MAX = 8, WORD_SIZE = 24 };

/* A name in lower case, word by word. */
struct words {
    char word[WORDS_MAX][WORD_SIZE];
    int count;
};

/* Words that tell a role, alone or at the end of a name. The weak ones count only where no other name does. */
struct stems {
    enum column_role role;
    bool weak;
    const char *words;
};

static const struct stems stems[] = {
    {COLUMN_USER, false,
     " user users uid userid customer customers client visitor member reader reviewer listener buyer person "
     "player viewer student author rater profile consumer shopper patron "},
    {COLUMN_USER, true, " account session household device cust msno "},
    {COLUMN_ITEM, false,
     " item items iid itemid movie movies book books product products article articles sku asin isbn track "
     "tracks song songs artist artists business venue restaurant game recipe anime joke film show course "
     "video stock poi podcast story paper beer wine "},
    {COLUMN_ITEM, true, " ad page doc document url news offer merchant content object "},
    {COLUMN_RATING, false,
     " rating ratings score scores star stars overall plays playcount preference rate "},
    {COLUMN_RATING, true,
     " count counts quantity qty weight hours listens clicks views purchases frequency freq value label "
     "interactions confidence playtime "},
    {COLUMN_TIME, false,
     " time timestamp timestamps date datetime ts at unixtime unixtimestamp reviewtime utc epoch day when "},
};

/* Behind a role's word: what of it the column holds. Ranked: the first are ids. */
static const char ids[] = " id ids key code no nr num number idx index uuid guid hash mbid sk pk ";
static const char names[] = " name names title titles ";

/* Last words of columns that are none of the roles. */
static const char others[] =
    " category categories cat genre genres title name brand price lat lon latitude longitude location city "
    "country "
    "zip zipcode age gender sex occupation review text comment comments summary description url image "
    "behavior "
    "behaviour event action type tag tags language verified helpful votes vote color size unixreviewtext "
    "transaction transactionid order orderid invoice invoiceno invoiceid index idx rownum id ";

static bool is_among(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; length > 0 && (at = strstr(at, word)) != NULL; at++)
        if (at > list && at[-1] == ' ' && at[length] == ' ')
            return true;
    return false;
}

/* A word begins at a capital behind a small letter ("userId"), and where a run of capitals ends ("IDUser"). */
static bool begins_word(const char *name, int64_t i, int64_t length)
{
    if (i == 0)
        return true;
    unsigned char before = (unsigned char)name[i - 1], here = (unsigned char)name[i];
    if (!isupper(here))
        return false;
    return islower(before) || (isupper(before) && i + 1 < length && islower((unsigned char)name[i + 1]) &&
                               !(i + 2 == length && name[i + 1] == 's'));
}

static void cut_words(struct words *words, const char *name, int64_t length)
{
    words->count = 0;
    int64_t size = 0;
    for (int64_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)name[i])) {
            size = 0;
            continue;
        }
        if (size == 0 || begins_word(name, i, length)) {
            if (words->count == WORDS_MAX)
                return;
            words->word[words->count++][0] = '\0';
            size = 0;
        }
        char *word = words->word[words->count - 1];
        if (size < WORD_SIZE - 1)
            word[size++] = (char)tolower((unsigned char)name[i]);
        word[size] = '\0';
    }
}

/* "movieid" -> "movie" and true: an ending of the list is cut off a word that goes on before it. */
static bool cut_ending(char *word, const char *list)
{
    size_t length = strlen(word);
    for (size_t first = 1; first < length; first++)
        if (is_among(list, word + first)) {
            char ending[WORD_SIZE];
            memcpy(ending, word + first, length - first + 1);
            word[first] = '\0';
            for (size_t s = 0; s < sizeof stems / sizeof *stems; s++)
                if (is_among(stems[s].words, word))
                    return true;
            memcpy(word + first, ending, length - first + 1);
        }
    return false;
}

/* Takes "id" or "name" off the end: 0 for an id, 1 for neither, 3 for a name. */
static int take_ending(struct words *words)
{
    char *last = words->word[words->count - 1];
    if (words->count > 1 && (is_among(ids, last) || is_among(names, last)))
        return is_among(names, words->word[--words->count]) ? 3 : 0;
    if (cut_ending(last, ids))
        return 0;
    return cut_ending(last, names) ? 3 : 1;
}

static bool find_stem(struct name_meaning *meaning, const struct words *words, int ending)
{
    const char *last = words->word[words->count - 1];
    for (size_t s = 0; s < sizeof stems / sizeof *stems; s++) {
        bool is_id = stems[s].role == COLUMN_USER || stems[s].role == COLUMN_ITEM;
        if (!is_among(stems[s].words, last) || (!is_id && ending != 1))
            continue;
        if (strcmp(last, "at") == 0 && words->count == 1)
            continue;
        bool unix_time = stems[s].role == COLUMN_TIME && strcmp(words->word[0], "unix") == 0;
        meaning->role = (int)stems[s].role;
        meaning->rank = unix_time ? 0 : (is_id ? ending : 1) + (words->count > 1) + 8 * stems[s].weak;
        return true;
    }
    return false;
}

struct name_meaning column_meaning(const char *name, int64_t length)
{
    struct name_meaning meaning = {.role = -1};
    struct words words;
    cut_words(&words, name, column_name_length(name, length));
    if (words.count == 0)
        return meaning;
    char last[WORD_SIZE];
    meaning.is_name = is_among(names, words.word[words.count - 1]);
    memcpy(last, words.word[words.count - 1], WORD_SIZE);
    int ending = take_ending(&words);
    meaning.is_id = ending == 0;
    if (!find_stem(&meaning, &words, ending))
        meaning.other = is_among(others, last) || is_among(others, words.word[words.count - 1]) ||
                        (ending != 1 && words.count >= 1);
    return meaning;
}

const char *column_role_name(enum column_role role)
{
    static const char *const texts[] = {"user", "item", "rating", "time", "weight"};
    return texts[role];
}

int64_t column_name_length(const char *name, int64_t length)
{
    static const char *const types[] = {":token", ":token_seq", ":float", ":float_seq"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        int64_t bytes = (int64_t)strlen(types[i]);
        if (length > bytes && strncasecmp(name + length - bytes, types[i], (size_t)bytes) == 0)
            return length - bytes;
    }
    return length;
}

static int64_t fold(char *folded, int64_t size, const char *name, int64_t length)
{
    int64_t count = 0;
    length = column_name_length(name, length);
    for (int64_t i = 0; i < length && count < size; i++)
        if (isalnum((unsigned char)name[i]) || (unsigned char)name[i] >= 0x80)
            folded[count++] = (char)tolower((unsigned char)name[i]);
    return count;
}

bool column_names_match(const char *a, int64_t a_length, const char *b, int64_t b_length)
{
    char first[128], second[128];
    if (a_length == b_length && memcmp(a, b, (size_t)a_length) == 0)
        return true;
    int64_t length = fold(first, sizeof first, a, a_length);
    return length > 0 && length == fold(second, sizeof second, b, b_length) &&
           memcmp(first, second, (size_t)length) == 0;
}

bool column_name_is_index(const char *name, int64_t length)
{
    static const char unnamed[] = "Unnamed: 0";
    return length == 0 ||
           (length >= (int64_t)strlen(unnamed) && strncasecmp(name, unnamed, strlen(unnamed)) == 0);
}
