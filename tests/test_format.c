/* read/format.h: separator, header, columns and MatrixMarket, told from the first lines. */
#include "ranks.h"
#include "read/format.h"

#include <string.h>

static status detect(struct format *format, const char *text, enum ratings_format kind, const char *columns)
{
    struct read_options options = {.format = kind, .columns = columns};
    return format_of_text(format, &options, "x", text, (int64_t)strlen(text), true);
}

static void finds(const char *text, enum separator separator, int columns, const char *header)
{
    struct format format;
    CU_ASSERT_EQUAL(detect(&format, text, FORMAT_AUTO, NULL), MFALS_OK);
    CU_ASSERT_EQUAL(format.line.separator, separator);
    CU_ASSERT_EQUAL(format.line.columns, columns);
    CU_ASSERT_EQUAL(format.line.value, columns == 3 ? 2 : -1);
    CU_ASSERT_EQUAL(format.header_lines, header != NULL);
    if (header != NULL && format.header != NULL) {
        CU_ASSERT_EQUAL(format.header_bytes, (int64_t)strlen(header));
        CU_ASSERT_EQUAL(memcmp(format.header, header, strlen(header)), 0);
    }
    format_free(&format);
}

static void refuses(const char *text, enum ratings_format kind, const char *columns, status code,
                    const char *message)
{
    struct format format;
    CU_ASSERT_EQUAL(detect(&format, text, kind, columns), code);
    CU_ASSERT_STRING_EQUAL(failure_message(), message);
    format_free(&format);
}

static void test_separators(void)
{
    finds("1\t2\t3\n", SEPARATOR_TAB, 3, NULL);
    finds("1\t2\t3\t4\n", SEPARATOR_TAB, 3, NULL);
    finds("1,2\n", SEPARATOR_COMMA, 2, NULL);
    finds("\n  \n1 2 3", SEPARATOR_BLANKS, 3, NULL);
    finds("1::2::3\n", SEPARATOR_COLONS, 3, NULL);
    finds("1::a,b\t::3\n", SEPARATOR_COLONS, 3, NULL);
    finds("a, b\tc d\t3\n", SEPARATOR_TAB, 3, NULL);
    finds("a b,c d,3\n", SEPARATOR_COMMA, 3, NULL);
    finds("\xef\xbb\xbf"
          "1,2,3\r\n",
          SEPARATOR_COMMA, 3, NULL);
    refuses("12345\n", FORMAT_AUTO, NULL, MFALS_BAD_DATA,
            "x: no '::', tab, comma, ';', '|' or blank separates columns (for another: "
            "--separator)");
}

static void test_forced_separator(void)
{
    static const struct {
        enum ratings_format format;
        enum separator separator;
    } kinds[] = {{FORMAT_TSV, SEPARATOR_TAB},
                 {FORMAT_CSV, SEPARATOR_COMMA},
                 {FORMAT_SPACE, SEPARATOR_BLANKS},
                 {FORMAT_MOVIELENS, SEPARATOR_COLONS}};
    for (int i = 0; i < 4; i++) {
        struct format format;
        CU_ASSERT_EQUAL(detect(&format, "a::b c,d\t3 f,4\t1\n", kinds[i].format, NULL), MFALS_OK);
        CU_ASSERT_EQUAL(format.line.separator, kinds[i].separator);
        format_free(&format);
    }
}

static void test_headers(void)
{
    finds("userId,movieId,rating,timestamp\n1,2,3,4\n", SEPARATOR_COMMA, 3,
          "userId,movieId,rating,timestamp");
    finds("a\tb\tc\r\nu\ti\t1\n", SEPARATOR_TAB, 3, "a\tb\tc");
    finds("\n\nu,i,r\n1,2,3\n", SEPARATOR_COMMA, 3, "u,i,r");
    finds("\"user\",\"item\",\"rating\"\n1,2,3\n", SEPARATOR_COMMA, 3, "\"user\",\"item\",\"rating\"");
    finds("a,b,5\n", SEPARATOR_COMMA, 3, NULL);
    finds("1,b,5/5\n", SEPARATOR_COMMA, 3, NULL);
    finds("a,2,4 x\n", SEPARATOR_COMMA, 3, NULL);
}

static void uses(const char *text, const char *columns, int user, int item, int value)
{
    struct format format;
    CU_ASSERT_EQUAL(detect(&format, text, FORMAT_AUTO, columns), MFALS_OK);
    CU_ASSERT_EQUAL(format.line.id[USERS], user);
    CU_ASSERT_EQUAL(format.line.id[ITEMS], item);
    CU_ASSERT_EQUAL(format.line.value, value);
    format_free(&format);
}

static void test_names_of_columns(void)
{
    uses("time,user,item,rating\n11,1,2,3\n", NULL, 1, 2, 3);
    uses("Item-ID\tUser-ID\n1\t2\n", NULL, 1, 0, -1);
    uses("userId,movieId,timestamp\n1,2,3\n", NULL, 0, 1, -1);
    uses("userId,movieId,userRating\n1,2,3\n", NULL, 0, 1, 2);
    uses("user_id,product_id,product_rating\n1,2,3\n", NULL, 0, 1, 2);
    uses("user,item,times_listened\n1,2,3\n", NULL, 0, 1, 2);
    uses("User-ID\tISBN\tBook-Rating\n1\t2\t3\n", NULL, 0, 1, 2);
    uses("timestamp,visitorid,event,itemid,transactionid\n1433221332117,2,view,3,\n", NULL, 1, 3, -1);
    uses("user_id:token\titem_id:token\trating:float\n1\t2\t3\n", NULL, 0, 1, 2);
    uses(",rating,reviewerID,asin,unixReviewTime\n0,5,A1,B1,1\n", NULL, 2, 3, 1);
    uses("user_id,user_name,item\n1,ann,2\n", NULL, 0, 2, -1);
    uses("src,dst,weight\n1,2,3\n", NULL, 0, 1, 2);
    uses("uid\tsid\n1\t2\n", NULL, 0, 1, -1);
    uses("user item rating\na 1 2 3\nb 4 5 6\n", NULL, 1, 2, 3);
    uses("a,b,c,d\n1,2,3,4\n", "user=D,item=b,rating=-", 3, 1, -1);
    refuses(
        "user,item,rating,score\n1,2,3,4\n", FORMAT_AUTO, NULL, MFALS_BAD_DATA,
        "x: both 'rating' and 'score' may be the rating among its columns 'user', 'item', 'rating', 'score': "
        "say which, such as: --columns user,item,rating");
    refuses("a,b\n1,2\n", FORMAT_AUTO, "user=c,item=b", MFALS_USAGE,
            "--columns: no column of 'x' is called 'c'; they are 'a', 'b'");
}

static void test_headers_of_pairs(void)
{
    finds("a\tb\n1\t2\n", SEPARATOR_TAB, 2, "a\tb");
    finds("a\tb\nc\t2\n", SEPARATOR_TAB, 2, "a\tb");
    finds("a\tb\nc\td\n", SEPARATOR_TAB, 2, NULL);
    finds("USER_ID\tsong\nann\tyesterday\n", SEPARATOR_TAB, 2, "USER_ID\tsong");
    finds("reader\tProduct\nann\tbook\n", SEPARATOR_TAB, 2, "reader\tProduct");
    finds("user1\titem1\nuser1\titem2\n", SEPARATOR_TAB, 2, NULL);
    finds("1\tuser\n", SEPARATOR_TAB, 2, NULL);
    finds("a\tb\n", SEPARATOR_TAB, 2, NULL);
}

static void test_header_is_skipped_where_it_stands(void)
{
    struct format format;
    CU_ASSERT_EQUAL(detect(&format, "u,i,r\n1,2,3\n", FORMAT_AUTO, NULL), MFALS_OK);
    CU_ASSERT(format_skips(&format, 1, 0, "u,i,r", 5));
    CU_ASSERT_FALSE(format_skips(&format, 1, 6, "u,i,r", 5));
    CU_ASSERT_FALSE(format_skips(&format, 1, 0, "u,i,s", 5));
    CU_ASSERT_FALSE(format_skips(&format, 1, 0, "1,2,3", 5));
    CU_ASSERT(format_skips(&format, 1, 100, " \t", 2));
    format_free(&format);
}

static void test_columns(void)
{
    struct format format;
    CU_ASSERT_EQUAL(detect(&format, "9,1,x,2,5\n", FORMAT_AUTO, "time,item,-,user,rating"), MFALS_OK);
    CU_ASSERT_EQUAL(format.line.id[USERS], 3);
    CU_ASSERT_EQUAL(format.line.id[ITEMS], 1);
    CU_ASSERT_EQUAL(format.line.value, 4);
    CU_ASSERT_EQUAL(format.line.columns, 5);
    format_free(&format);
    CU_ASSERT_EQUAL(detect(&format, "1,2,5\n", FORMAT_AUTO, "user,item,-"), MFALS_OK);
    CU_ASSERT_EQUAL(format.line.value, -1);
    CU_ASSERT_EQUAL(format.line.columns, 2);
    format_free(&format);
}

static void test_wrong_columns(void)
{
    refuses("1,2\n", FORMAT_AUTO, "user,thing", MFALS_USAGE,
            "columns 'user,thing': 'thing' is not one of user, item, rating, time, weight and -");
    refuses("1,2\n", FORMAT_AUTO, "user,,item", MFALS_USAGE,
            "columns 'user,,item': '' is not one of user, item, rating, time, weight and -");
    refuses("1,2\n", FORMAT_AUTO, "user,item,user", MFALS_USAGE,
            "columns 'user,item,user': 'user' is there twice");
    refuses("1,2\n", FORMAT_AUTO, "user,rating", MFALS_USAGE,
            "columns 'user,rating': user and item must be among them");
    refuses("%%MatrixMarket matrix coordinate real general\n1 1 1\n", FORMAT_AUTO, "user,item", MFALS_USAGE,
            "the columns of a MatrixMarket file cannot be chosen");
}

static void test_matrix_market(void)
{
    struct format format;
    const char text[] = "%%MatrixMarket Matrix coordinate INTEGER general\n% a comment\n\n10 20 5\n1 1 1\n";
    CU_ASSERT_EQUAL(detect(&format, text, FORMAT_AUTO, NULL), MFALS_OK);
    CU_ASSERT(format.matrix);
    CU_ASSERT_EQUAL(format.line.declared[USERS], 10);
    CU_ASSERT_EQUAL(format.line.declared[ITEMS], 20);
    CU_ASSERT_EQUAL(format.entries, 5);
    CU_ASSERT_EQUAL(format.line.columns, 3);
    CU_ASSERT_EQUAL(format.data_start, (int64_t)strlen(text) - 6);
    CU_ASSERT_EQUAL(
        detect(&format, "\xef\xbb\xbf%%matrixmarket MATRIX coordinate Unsigned-Integer general\r\n3 4 2\r\n",
               FORMAT_AUTO, NULL),
        MFALS_OK);
    CU_ASSERT(format.matrix && format.entries == 2 && format.line.columns == 3);
    CU_ASSERT_EQUAL(
        detect(&format, "%%MatrixMarket matrix coordinate pattern general\n3 4 2\n", FORMAT_MTX, NULL),
        MFALS_OK);
    CU_ASSERT_EQUAL(format.line.columns, 2);
    CU_ASSERT_EQUAL(format.line.value, -1);
}

/* Of a prefix only whole lines count: the size line may be cut in a number. */
static void test_cut_head(void)
{
    struct format format;
    struct read_options options = {0};
    const char text[] = "%%MatrixMarket matrix coordinate real general\n10 20 5";
    int64_t length = (int64_t)strlen(text);
    CU_ASSERT_EQUAL(format_of_text(&format, &options, "x", text, length, true), MFALS_OK);
    CU_ASSERT_EQUAL(format.entries, 5);
    CU_ASSERT_EQUAL(format_of_text(&format, &options, "x", text, length, false), MFALS_BAD_DATA);
    CU_ASSERT_STRING_EQUAL(failure_message(), "x:2:1: no MatrixMarket size line in the first 53 bytes");
}

#define TO_GENERAL                                                                                           \
    "; try: python3 -c 'import sys, scipy.io, scipy.sparse; scipy.io.mmwrite(sys.argv[2], "                  \
    "scipy.sparse.coo_matrix(scipy.io.mmread(sys.argv[1])), symmetry=\"general\")' 'x' ratings.mtx"
static void test_other_matrices(void)
{
    refuses("%%MatrixMarket matrix array real general\n", FORMAT_AUTO, NULL, MFALS_BAD_DATA,
            "x:1:23: MatrixMarket 'array' is not supported, only coordinate" TO_GENERAL);
    refuses("%%MatrixMarket matrix coordinate complex general\n", FORMAT_AUTO, NULL, MFALS_BAD_DATA,
            "x:1:34: MatrixMarket 'complex' is not supported, only real, integer, "
            "unsigned-integer and pattern");
    refuses("%%MatrixMarket matrix coordinate real symmetric\n", FORMAT_AUTO, NULL, MFALS_BAD_DATA,
            "x:1:39: MatrixMarket 'symmetric' is not supported, only general" TO_GENERAL);
    refuses("%%MatrixMarket vector coordinate real general\n", FORMAT_AUTO, NULL, MFALS_BAD_DATA,
            "x:1:16: MatrixMarket 'vector' is not supported, only matrix");
    refuses("%%MatrixMarket matrix\n", FORMAT_AUTO, NULL, MFALS_BAD_DATA,
            "x:1:1: expected '%%MatrixMarket matrix coordinate real general' or the like");
    refuses("%%MatrixMarket matrix coordinate real general\n%\n3 x 4\n", FORMAT_AUTO, NULL, MFALS_BAD_DATA,
            "x:3:1: expected the matrix's numbers of rows, columns and entries");
    refuses("%%MatrixMarket matrix coordinate real general\n%\n", FORMAT_AUTO, NULL, MFALS_BAD_DATA,
            "x:3:1: no MatrixMarket size line in the first 48 bytes");
    refuses("1 2 3\n", FORMAT_MTX, NULL, MFALS_BAD_DATA, "x:1:1: no MatrixMarket banner");
}

static CU_TestInfo tests[] = {{"separators", test_separators},
                              {"a separator by the user's choice", test_forced_separator},
                              {"headers", test_headers},
                              {"columns by their names", test_names_of_columns},
                              {"headers of two columns", test_headers_of_pairs},
                              {"a header is skipped where it stands", test_header_is_skipped_where_it_stands},
                              {"columns by the user's choice", test_columns},
                              {"columns that make no sense", test_wrong_columns},
                              {"the head of a matrix", test_matrix_market},
                              {"a head that is cut", test_cut_head},
                              {"matrices that are not supported", test_other_matrices},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "format", tests);
}
