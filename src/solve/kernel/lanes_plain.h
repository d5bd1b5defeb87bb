/* Lanes of any processor: four floats as the compiler sees fit, products rounded before they are added. Its bits differ
 * from those of the levels with fused multiply-adds. */
#define KERNEL_NAME "plain"

enum { VEC_FLOATS = 4, TILE_PANELS = 1 };
#define TILE_HEIGHTS(X) X(2) X(1)
#define SINGLE_PANEL_HEIGHTS(X)

typedef float vec __attribute__((vector_size(16)));

static inline vec vec_zero(void)
{
    return (vec){0, 0, 0, 0};
}

static inline vec vec_load(const float *from)
{
    return *(const vec *)__builtin_assume_aligned(from, 16);
}

static inline void vec_store(float *to, vec a)
{
    *(vec *)__builtin_assume_aligned(to, 16) = a;
}

static inline vec vec_broadcast(float a)
{
    return (vec){a, a, a, a};
}

static inline vec vec_multiply(vec a, vec b)
{
    return a * b;
}

static inline vec vec_divide(vec a, vec b)
{
    return a / b;
}

/* a b + c */
static inline vec vec_multiply_add(vec a, vec b, vec c)
{
    return a * b + c;
}

/* c - a b */
static inline vec vec_subtract_product(vec a, vec b, vec c)
{
    return c - a * b;
}

/* One of 16 lanes, in all. */
static inline vec vec_lane(const vec *panel, int lane)
{
    return vec_broadcast(panel[lane / 4][lane % 4]);
}

/* The sum of 16 lanes by halving. */
static inline float vec_total(const vec *panel)
{
    vec four = (panel[0] + panel[2]) + (panel[1] + panel[3]);
    return (four[0] + four[2]) + (four[1] + four[3]);
}

static inline double multiply_add(double a, double b, double c)
{
    return a * b + c;
}
