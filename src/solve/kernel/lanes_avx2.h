/* Lanes of x86-64-v3: a panel of 16 floats is two registers. */
#include <immintrin.h>

#define KERNEL_NAME "x86-64-v3"

enum { VEC_FLOATS = 8, TILE_PANELS = 1 };
#define TILE_HEIGHTS(X) X(6) X(4) X(2) X(1)
#define SINGLE_PANEL_HEIGHTS(X)

typedef __m256 vec;

static inline vec vec_zero(void)
{
    return _mm256_setzero_ps();
}

static inline vec vec_load(const float *from)
{
    return _mm256_load_ps(from);
}

static inline void vec_store(float *to, vec a)
{
    _mm256_store_ps(to, a);
}

static inline vec vec_broadcast(float a)
{
    return _mm256_set1_ps(a);
}

static inline vec vec_multiply(vec a, vec b)
{
    return _mm256_mul_ps(a, b);
}

static inline vec vec_divide(vec a, vec b)
{
    return _mm256_div_ps(a, b);
}

/* a b + c */
static inline vec vec_multiply_add(vec a, vec b, vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}

/* c - a b */
static inline vec vec_subtract_product(vec a, vec b, vec c)
{
    return _mm256_fnmadd_ps(a, b, c);
}

/* One of 16 lanes, in all. */
static inline vec vec_lane(const vec *panel, int lane)
{
    return _mm256_permutevar8x32_ps(panel[lane / 8], _mm256_set1_epi32(lane % 8));
}

/* The sum of 16 lanes by halving. */
static inline float vec_total(const vec *panel)
{
    __m256 eight = _mm256_add_ps(panel[0], panel[1]);
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

static inline double multiply_add(double a, double b, double c)
{
    return __builtin_fma(a, b, c);
}
