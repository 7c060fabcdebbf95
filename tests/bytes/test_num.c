/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"

#include <float.h>
#include <math.h>

#include "bytes/base64.h"
#include "bytes/num.h"

static uint64_t seed = 88172645463325252u;
static uint64_t random64(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

static uint64_t bits(double f)
{
    uint64_t b;
    memcpy(&b, &f, sizeof b);
    return b;
}

static double from_bits(uint64_t b)
{
    double f;
    memcpy(&f, &b, sizeof f);
    return f;
}

/* Parsers get a copy of exactly their text. */
#define GET(type, name)                                  \
    static int name(const char *text, size_t n, type *v) \
    {                                                    \
        char *copy = malloc(n ? n : 1);                  \
        memcpy(copy, text, n);                           \
        int r = lp_##name((struct lp_span){copy, n}, v); \
        free(copy);                                      \
        return r;                                        \
    }
GET(uint64_t, get_uint)
GET(int64_t, get_int)
GET(double, get_float)

static struct lp_out out;
static char text[2048];
static void begin(void)
{
    lp_out_init(&out, text, sizeof text - 1);
}
static const char *end(void)
{
    int n = lp_out_end(&out);
    assert_true(n >= 0);
    text[n] = 0;
    return text;
}

/* ---- integers ------------------------------------------------------------------------------------------------ */

static void integers_written(void **state)
{
    (void)state;
    static const struct {
        int64_t i;
        const char *text;
    } t[] = {{0, "0"},
             {9, "9"},
             {10, "10"},
             {-1, "-1"},
             {4294967295, "4294967295"},
             {4294967296, "4294967296"},
             {655360, "655360"},
             {-655350, "-655350"},
             {INT64_MAX, "9223372036854775807"},
             {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        begin();
        lp_put_int(&out, t[i].i);
        assert_string_equal(end(), t[i].text);
    }
    begin();
    lp_put_uint(&out, UINT64_MAX);
    assert_string_equal(end(), "18446744073709551615");
    for (int i = 0; i < 100000; i++) {
        char want[32];
        uint64_t v = random64() >> (random64() & 63);
        snprintf(want, sizeof want, "%llu", (unsigned long long)v);
        begin();
        lp_put_uint(&out, v);
        assert_string_equal(end(), want);
        uint64_t back;
        assert_int_equal(lp_get_uint(SPAN(want), &back), 0);
        assert_true(back == v);
    }
}

static void integers_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int result, result_unsigned;
        int64_t i;
    } t[] = {
        {"0", 0, 0, 0},
        {"5", 0, 0, 5},
        {"-5", 0, LP_ERR_FORMAT, -5},
        {"-0", 0, LP_ERR_FORMAT, 0},
        {"9223372036854775807", 0, 0, INT64_MAX},
        {"-9223372036854775808", 0, LP_ERR_FORMAT, INT64_MIN},
        {"9223372036854775808", LP_ERR_VALUE, 0, 0},
        {"-9223372036854775809", LP_ERR_VALUE, LP_ERR_FORMAT, 0},
        {"18446744073709551615", LP_ERR_VALUE, 0, 0},
        {"18446744073709551616", LP_ERR_VALUE, LP_ERR_VALUE, 0},
        {"18446744073709551620", LP_ERR_VALUE, LP_ERR_VALUE, 0},
        {"36893488147419103237", LP_ERR_VALUE, LP_ERR_VALUE, 0}, /* 5, were it cut to 64 bits */
        {"99999999999999999999999999", LP_ERR_VALUE, LP_ERR_VALUE, 0},
        {"99999999999999999999999999x", LP_ERR_FORMAT, LP_ERR_FORMAT, 0},
        {"", LP_ERR_FORMAT, LP_ERR_FORMAT, 0},
        {"-", LP_ERR_FORMAT, LP_ERR_FORMAT, 0},
        {"--5", LP_ERR_FORMAT, LP_ERR_FORMAT, 0},
        {"+5", LP_ERR_FORMAT, LP_ERR_FORMAT, 0},
        {" 5", LP_ERR_FORMAT, LP_ERR_FORMAT, 0},
        {"5 ", LP_ERR_FORMAT, LP_ERR_FORMAT, 0},
        {"05", LP_ERR_FORMAT, LP_ERR_FORMAT, 0},
        {"00", LP_ERR_FORMAT, LP_ERR_FORMAT, 0},
        {"-05", LP_ERR_FORMAT, LP_ERR_FORMAT, 0},
        {"5.0", LP_ERR_FORMAT, LP_ERR_FORMAT, 0},
        {"5e0", LP_ERR_FORMAT, LP_ERR_FORMAT, 0},
        {"0x5", LP_ERR_FORMAT, LP_ERR_FORMAT, 0},
        {"5:", LP_ERR_FORMAT, LP_ERR_FORMAT, 0},
        {"5/", LP_ERR_FORMAT, LP_ERR_FORMAT, 0},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        int64_t v;
        uint64_t u;
        assert_int_equal(get_int(t[i].text, strlen(t[i].text), &v), t[i].result);
        assert_int_equal(get_uint(t[i].text, strlen(t[i].text), &u), t[i].result_unsigned);
        if (!t[i].result) assert_true(v == t[i].i);
    }
    int64_t v;
    assert_int_equal(get_int("5\0", 2, &v), LP_ERR_FORMAT);
}

static void no_byte_behind_the_span_is_read(void **state)
{
    (void)state;
    int64_t i;
    double f;
    assert_int_equal(get_int("1234", 2, &i), 0);
    assert_true(i == 12);
    assert_int_equal(get_float("1.5e10", 3, &f), 0);
    assert_true(f == 1.5);
    assert_int_equal(get_float("1.5e10", 5, &f), 0);
    assert_true(f == 15);
    assert_int_equal(lp_get_int((struct lp_span){NULL, 0}, &i), LP_ERR_FORMAT);
    assert_int_equal(lp_get_float((struct lp_span){NULL, 0}, &f), LP_ERR_FORMAT);
}

/* ---- floats written ------------------------------------------------------------------------------------------ */

static const char *put(double f)
{
    begin();
    lp_put_float(&out, f);
    assert_int_equal(out.err, 0);
    return end();
}

static void floats_as_ecmascript_prints_them(void **state)
{
    (void)state;
    static const struct {
        double f;
        const char *text;
    } t[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1, "-1"},
        {10, "10"},
        {21.5, "21.5"},
        {0.1, "0.1"},
        {-0.001, "-0.001"},
        {0.000001, "0.000001"},
        {1e-7, "1e-7"},
        {1.5e-7, "1.5e-7"},
        {0.0000123, "0.0000123"},
        {1013.25, "1013.25"},
        {100, "100"},
        {9.5, "9.5"},
        {99.99, "99.99"},
        {0.3, "0.3"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1e20, "100000000000000000000"},
        {123456789012345680000.0, "123456789012345680000"},
        {1e21, "1e+21"},
        {1.5e30, "1.5e+30"},
        {1e30, "1e+30"},
        {9007199254740992.0, "9007199254740992"},
        {9007199254740993.0, "9007199254740992"},
        {9999999999999998.0, "9999999999999998"},
        {99999999999999990.0, "99999999999999980"},
        {5e-324, "5e-324"},
        {1e-323, "1e-323"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {2.225073858507201e-308, "2.225073858507201e-308"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {1e23, "1e+23"},
        {9.5e-323, "9.4e-323"},
        {3.141592653589793, "3.141592653589793"},
        {4.35, "4.35"},
        {5.684341886080802e-14,
         "5.684341886080802e-14"}, /* 2^-44: the nearest 16 digits are another double */
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) assert_string_equal(put(t[i].f), t[i].text);
}

static void infinite_and_nan_are_no_values(void **state)
{
    (void)state;
    const double t[] = {INFINITY, -INFINITY, NAN};
    for (size_t i = 0; i < 3; i++) {
        begin();
        lp_put_float(&out, t[i]);
        assert_int_equal(out.err, LP_ERR_VALUE);
    }
}

/* Significant digits of a decimal text. */
static int digits_of(const char *s)
{
    int n = 0, zeros = 0;
    for (; *s && *s != 'e'; s++) {
        if (*s < '0' || *s > '9') continue;
        if (*s != '0' || n) n++;
        zeros = *s == '0' ? zeros + 1 : 0;
    }
    return n - zeros;
}

/* It reads back the same, with ours and with libc's, and no shorter one does. */
static void check_both_ways(uint64_t b)
{
    double f = from_bits(b), back;
    put(f);
    assert_true(bits(strtod(text, NULL)) == b);
    assert_int_equal(get_float(text, strlen(text), &back), 0);
    assert_true(bits(back) == b);
    int n = digits_of(text);
    char shorter[40];
    if (n > 1) {
        snprintf(shorter, sizeof shorter, "%.*e", n - 2, f);
        assert_true(bits(strtod(shorter, NULL)) != b);
    }
    char nearest
        [40]; /* of the decimals of this length: libc's, unless that one reads as another double */
    snprintf(nearest, sizeof nearest, "%.*e", n - 1, f);
    if (bits(strtod(nearest, NULL)) == b) {
        char ours[40];
        snprintf(ours, sizeof ours, "%.*e", n - 1, strtod(text, NULL));
        assert_string_equal(ours, nearest);
    }
}

static void every_power_of_two_and_its_neighbours(void **state)
{
    (void)state;
    for (uint64_t e = 0; e < 2047; e += stride())
        for (uint64_t d = e ? 0 : 2; d < 3; d++)
            if (d == 1 || e < 80 || e % 8 == 0) check_both_ways((e << 52) + d - 1);
}

static void subnormals(void **state)
{
    (void)state;
    for (uint64_t b = 1; b < 500; b += stride()) check_both_ways(b);
    for (unsigned i = 0; i < 52; i++)
        check_both_ways(((uint64_t)1 << i) + (random64() & (((uint64_t)1 << i) - 1)));
}

static void every_power_of_ten(void **state)
{
    (void)state;
    for (int e = -324; e < 309; e += (int)stride())
        for (char digit = '1'; digit <= '9'; digit += 4) {
            char s[16];
            double f;
            snprintf(s, sizeof s, "%ce%d", digit, e);
            double want = strtod(s, NULL);
            if (isinf(want)) continue;
            assert_int_equal(get_float(s, strlen(s), &f), 0);
            assert_true(bits(f) == bits(want));
            if (want > 0) check_both_ways(bits(want));
        }
}

static void random_bits(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i += (int)stride()) {
        uint64_t b = random64();
        if ((b >> 52 & 0x7ff) != 0x7ff) check_both_ways(b);
    }
}

static void random_sensor_values(void **state)
{
    (void)state;
    for (int i = 0; i < 4000; i += (int)stride()) {
        double scale = pow(10, (double)(random64() % 7)),
               f = (double)(random64() % 100000000) / scale;
        check_both_ways(bits(i & 1 ? -f : f));
        check_both_ways(bits((double)(float)f));
    }
}

/* ---- floats read --------------------------------------------------------------------------------------------- */

static void like_strtod(const char *s)
{
    double f, want = strtod(s, NULL);
    int r = get_float(s, strlen(s), &f);
    assert_int_equal(r, isinf(want) ? LP_ERR_VALUE : 0);
    if (!r) assert_true(bits(f) == bits(want));
}

static void floats_read(void **state)
{
    (void)state;
    static const char *const t[] = {
        "0",
        "-0",
        "0.0",
        "0e5",
        "0.000e-99999999999",
        "1",
        "-1.5",
        "0.1",
        "1E5",
        "1e+5",
        "1e-5",
        "0.001",
        "100",
        "1e00",
        "1e005",
        "123456789.123456789",
        "1e22",
        "1e23",
        "12345678901234567890",
        "0.00000000000000000000000000000000000001e38",
        "100000000000000000000000000000000000000e-38",
        "9007199254740993", /* a tie, to even */
        "9007199254740995",
        "9007199254740993.00000000000000000000000000000000000000000000000000001",
        "9007199254740992.99999999999999999999999999999999999999999999999999999",
        "4.9406564584124654e-324",
        "2.4703282292062327e-324", /* just below half of the smallest */
        "2.4703282292062328e-324",
        "2.2250738585072011e-308", /* the one that hung PHP */
        "2.2250738585072012e-308", /* and Java */
        "2.2250738585072014e-308",
        "1.7976931348623157e308",
        "1.7976931348623158e308", /* below the middle to the infinite */
        "1.7976931348623159e308", /* above */
        "1.797693134862315807e308",
        "1.797693134862315808e308",
        "1e308",
        "9e308",
        "1e309",
        "-1e309",
        "1e310",
        "1e99999999999999999999",
        "-1e400",
        "1e-323",
        "1e-324",
        "3e-324",
        "1e-325",
        "-1e-400",
        "1e-99999999999999999999",
        "6929495644600919.5",
        "3.518437208883201171875e13",
        "62.5364939768271845828",
        "8.10109172351e-10",
        "1.50000000000000011102230246251565",
        "9214843084008499",
        "0.500000000000000166533453693773481063544750213623046875",
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) like_strtod(t[i]);
}

static void what_is_no_float(void **state)
{
    (void)state;
    static const char *const t[] = {
        "",    "-",        "+1",   ".5",  "5.",   "-.5", "1.e5",    "1e",    "1e+",   "1e-",
        "e5",  "01",       "-01",  "00",  "00.5", "1 ",  " 1",      "1f",    "0x1",   "0x1p3",
        "inf", "Infinity", "nan",  "NaN", "-inf", "1,5", "1.5.5",   "1e5.5", "1e5e5", "--1",
        "1-",  "1_000",    "1e 5", ".",   "-.",   "e",   "1.5e+-5",
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        double f;
        assert_int_equal(get_float(t[i], strlen(t[i]), &f), LP_ERR_FORMAT);
    }
    double f;
    assert_int_equal(get_float("1\0", 2, &f), LP_ERR_FORMAT);
}

static void float_cut_at_every_length(void **state)
{
    (void)state;
    const char *s = "-120.0625e-12";
    for (size_t n = 0; n <= strlen(s); n++) {
        double f;
        char head[20] = {0}, *tail;
        memcpy(head, s, n);
        double want = strtod(head, &tail);
        bool good = n > 0 && *tail == 0 && head[n - 1] != '.';
        assert_int_equal(get_float(s, n, &f), good ? 0 : LP_ERR_FORMAT);
        if (good) assert_true(bits(f) == bits(want));
    }
}

static void random_decimals(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i += (int)stride()) {
        char s[900];
        size_t n = 0, digits = 1 + random64() % (i % 50 ? 25 : 800);
        s[n++] = (char)('1' + random64() % 9);
        if (i & 1) s[n++] = '.';
        for (size_t k = 0; k < digits; k++) s[n++] = (char)('0' + random64() % 10);
        snprintf(s + n, sizeof s - n, "e%d",
                 (int)(random64() % 700) - 350 - (i & 1 ? 0 : (int)digits));
        like_strtod(s);
    }
}

/* The middle between a double and the next: exactly, a little less, a little more; all digits of it (up to 768). */
static void around_the_middle(uint64_t b)
{
    char s[1300], t[1400];
    long double a = from_bits(b), next = from_bits(b + 1);
    if (b + 1 == (uint64_t)0x7ff << 52) next = ldexpl(1, 1024);
    snprintf(s, sizeof s, "%.1200Le", a + (next - a) / 2);
    const char *e = strchr(s, 'e');
    int n = (int)(e - s);
    while (s[n - 1] == '0') n--;
    snprintf(t, sizeof t, "%.*s%s", n, s, e);
    like_strtod(t); /* the tie */
    snprintf(t, sizeof t, "%.*s00000000000000000000000001%s", n, s, e);
    like_strtod(t);
    s[n - 1]--;
    snprintf(t, sizeof t, "%.*s9999999999999999999999999%s", n, s, e);
    like_strtod(t);
}

static void halfway_cases(void **state)
{
    (void)state;
    if (LDBL_MANT_DIG < 64 || LDBL_MAX_EXP < 16384) skip();
    for (uint64_t e = 0; e < 2047; e += stride() * (e < 40 || e > 2000 ? 1 : 29)) {
        around_the_middle(e << 52);
        around_the_middle((e << 52) + 1);
        around_the_middle((e << 52) + ((uint64_t)1 << 52) - 1);
        around_the_middle((e << 52) | random64() >> 12);
    }
    around_the_middle(bits(DBL_MAX));
}

static void many_digits_end_in_time(void **state)
{
    (void)state;
    size_t n = 60000;
    char *s = malloc(n + 20);
    for (const char *d = "109"; *d; d++) {
        memset(s, *d, n);
        s[1] = '.';
        if (*d == '0') {
            s[n] = '1';
            s[n + 1] = 0;
        } else {
            s[n] = 0;
        }
        like_strtod(s);
    }
    memset(s, '0', n); /* 1, and its exponent takes back what the zeros say */
    s[1] = '.';
    strcpy(s + n, "1e59999");
    like_strtod(s);
    memset(s, '0', n);
    s[0] = '1';
    strcpy(s + n, "e-59999");
    like_strtod(s);
    free(s);
}

/* ---- between representations --------------------------------------------------------------------------------- */

static void floats_to_integers(void **state)
{
    (void)state;
    static const struct {
        double f;
        int result, result_unsigned;
        int64_t i;
    } t[] = {
        {0, 0, 0, 0},
        {-0.0, 0, 0, 0},
        {1, 0, 0, 1},
        {-1, 0, LP_ERR_VALUE, -1},
        {65535, 0, 0, 65535},
        {4294967296.0, 0, 0, 4294967296},
        {9007199254740993.0, 0, 0, 9007199254740992},
        {9223372036854774784.0, 0, 0, 9223372036854774784},
        {9223372036854775808.0, LP_ERR_VALUE, 0, INT64_MIN},
        {-9223372036854775808.0, 0, LP_ERR_VALUE, INT64_MIN},
        {-9223372036854777856.0, LP_ERR_VALUE, LP_ERR_VALUE, 0},
        {18446744073709549568.0, LP_ERR_VALUE, 0, -2048},
        {18446744073709551616.0, LP_ERR_VALUE, LP_ERR_VALUE, 0},
        {0.5, LP_ERR_VALUE, LP_ERR_VALUE, 0},
        {1.5, LP_ERR_VALUE, LP_ERR_VALUE, 0},
        {2251799813685248.5, LP_ERR_VALUE, LP_ERR_VALUE, 0},
        {1e300, LP_ERR_VALUE, LP_ERR_VALUE, 0},
        {5e-324, LP_ERR_VALUE, LP_ERR_VALUE, 0},
        {2.2250738585072014e-308, LP_ERR_VALUE, LP_ERR_VALUE, 0},
        {INFINITY, LP_ERR_VALUE, LP_ERR_VALUE, 0},
        {-INFINITY, LP_ERR_VALUE, LP_ERR_VALUE, 0},
        {NAN, LP_ERR_VALUE, LP_ERR_VALUE, 0},
    };
    for (size_t k = 0; k < sizeof t / sizeof *t; k++) {
        int64_t i;
        uint64_t u;
        assert_int_equal(lp_float_to_int(t[k].f, &i), t[k].result);
        if (!t[k].result) assert_true(i == t[k].i);
        assert_int_equal(lp_float_to_uint(t[k].f, &u), t[k].result_unsigned);
        if (!t[k].result_unsigned) assert_true(u == (uint64_t)t[k].i);
    }
}

static void integers_to_floats(void **state)
{
    (void)state;
    for (int k = 0; k < 200000; k++) {
        uint64_t u = random64() >> (random64() & 63);
        if (k % 3 == 0) /* ties */
            u = (u | 1) << (random64() & 63);
        int64_t i = (int64_t)u;
        volatile double want = (double)i, want_unsigned = (double)u;
        assert_true(bits(lp_int_to_float(i)) == bits(want));
        assert_true(bits(lp_uint_to_float(u)) == bits(want_unsigned));
    }
    assert_true(bits(lp_int_to_float(0)) == 0);
    assert_true(lp_int_to_float(INT64_MIN) == -9223372036854775808.0);
    assert_true(lp_int_to_float(INT64_MAX) == 9223372036854775808.0);
    assert_true(lp_uint_to_float(UINT64_MAX) == 18446744073709551616.0);
}

static bool same_float(double f, float g)
{
    return isnan(g) ? isnan(f) && !signbit(f) == !signbit(g) : bits(f) == bits((double)g);
}

static void check_f32(uint32_t b)
{
    float g;
    uint32_t back;
    memcpy(&g, &b, sizeof g);
    double f = lp_f32_to_f64(b);
    assert_true(same_float(f, g));
    assert_true(lp_f64_to_f32(f, &back));
    /* Whether a NaN signals is not kept: what passes an x87 is a quiet one afterwards. */
    uint32_t quiet = isnan(g) ? 1u << 22 : 0;
    assert_int_equal(back | quiet, b | quiet);
}

static void binary32(void **state)
{
    (void)state;
    for (uint32_t e = 0; e < 512; e++)
        for (uint32_t d = 0; d < 64; d++) {
            check_f32((e << 23) | d);
            check_f32((e << 23) | (0x7fffff - d));
            check_f32((e << 23) | ((uint32_t)random64() & 0x7fffff));
            check_f32((e << 23) | 1u << (d % 23));
        }
}

static void what_binary32_does_not_hold(void **state)
{
    (void)state;
    static const double t[] = {
        0.1,
        1e39,
        -1e39,
        1e-46,
        7.006492321624085e-46,
        2.1019476964872256e-45,
        3.402823669209385e38,
        5e-324,
        16777217,
        DBL_MAX,
        DBL_MIN,
    };
    uint32_t b;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) assert_false(lp_f64_to_f32(t[i], &b));
    for (int i = 0; i < 200000; i++) {
        uint64_t v = random64();
        if (i & 1) /* near binary32's range, with few bits */
            v = (v & ((uint64_t)0x803fffff << 32)) + ((uint64_t)(870 + random64() % 290) << 52);
        if (i & 2) v &= ~(((uint64_t)1 << 29) - 1);
        double f = from_bits(v);
        if (isnan(f)) continue;
        volatile float g = (float)f;
        assert_int_equal(lp_f64_to_f32(f, &b), bits((double)g) == v);
    }
}

static void binary16(void **state)
{
    (void)state;
    for (uint32_t b = 0; b < 65536; b++) {
        uint32_t e = b >> 10 & 31, m = b & 1023;
        double want = e == 31 ? (m ? NAN : INFINITY)
                      : e     ? ldexp(1024 + m, (int)e - 25)
                              : ldexp(m, -24);
        double f = lp_f16_to_f64((uint16_t)b);
        if (b >> 15) want = -want;
        assert_true(isnan(want) ? isnan(f) != 0 : bits(f) == bits(want));
    }
}

/* ---- base64 -------------------------------------------------------------------------------------------------- */

static void base64_written(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *url, *padded;
    } t[] = {
        {"", "", ""},
        {"66", "Zg", "Zg=="},
        {"66 6f", "Zm8", "Zm8="},
        {"66 6f 6f", "Zm9v", "Zm9v"},
        {"66 6f 6f 62 61 72", "Zm9vYmFy", "Zm9vYmFy"},
        {"fb ff bf", "-_-_", "+/+/"},
        {"00 10 83 10 51 87 20 92 8b 30 d3 8f 41 14 93 51 55 97 61 96 9b 71 d7 9f 82 18 a3 92 59 "
         "a7 a2 9a ab b2 db "
         "af c3 1c b3 d3 5d b7 e3 9e bb f3 df bf",
         "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
         "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        uint8_t m[64];
        size_t n = hex(m, t[i].bytes);
        begin();
        lp_put_base64url(&out, m, n);
        assert_string_equal(end(), t[i].url);
        assert_int_equal(lp_get_base64(SPAN(t[i].padded), (begin(), &out)), 0);
        assert_bytes(text, lp_out_len(&out), t[i].bytes);
        begin();
        lp_put_base64(&out, m, n);
        assert_string_equal(end(), t[i].padded);
        assert_int_equal(lp_get_base64(SPAN(t[i].url), (begin(), &out)), 0);
        assert_bytes(text, lp_out_len(&out), t[i].bytes);
    }
}

static void what_is_no_base64(void **state)
{
    (void)state;
    static const char *const t[] = {
        "Z",     "Zg=",  "Zm8==",    "Zm9v=",   "====",  "===",    "==",   "=",
        "Zm9vY", "Z=g=", "Zg==Zg==", "Zm 9",    "Zm9v ", "Zm9v\n", "Zm9*", "Zm9@",
        "Zm9[",  "Zm9`", "Zm9{",     "Zm9\x80", "Zm9:",  "Zm9,",   "Zh==", /* bits that belong to no byte */
        "Zm9",
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        size_t n = strlen(t[i]);
        char *copy = malloc(n);
        memcpy(copy, t[i], n);
        begin();
        assert_int_equal(lp_get_base64((struct lp_span){copy, n}, &out), LP_ERR_FORMAT);
        free(copy);
    }
}

static void base64_of_every_length(void **state)
{
    (void)state;
    uint8_t m[100];
    for (size_t n = 0; n < sizeof m; n++) {
        for (size_t i = 0; i < n; i++) m[i] = (uint8_t)random64();
        begin();
        if (n & 1)
            lp_put_base64(&out, m, n);
        else
            lp_put_base64url(&out, m, n);
        char back[128];
        struct lp_out o;
        lp_out_init(&o, back, n);
        assert_int_equal(lp_get_base64(SPAN(end()), &o), 0);
        assert_int_equal(lp_out_end(&o), n);
        assert_memory_equal(back, m, n);
    }
}

/* Any double, or one of a size that meets others of its kind. */
static double some_float(void)
{
    uint64_t b = random64();
    double f;
    if (b & 1)
        b = (b & ~((uint64_t)0x7f0 << 52)) | (uint64_t)0x3f0 << 52; /* 2^-15 to 1, and above */
    if (b & 2) b &= ~(uint64_t)0xffffffffff;
    memcpy(&f, &b, sizeof f);
    return f;
}

static void floats_compared_and_added(void **state)
{
    (void)state;
    static const double edges[] = {0,        -0.0,      1,       -1,     0.5,  21.5,
                                   -21.5,    1e300,     -1e300,  1e-300, 1e16, -1e16,
                                   INFINITY, -INFINITY, DBL_MAX, DBL_MIN};
    const unsigned n = sizeof edges / sizeof *edges;
    double sum;
    for (unsigned i = 0; i < n * n; i++)
        assert_int_equal(lp_float_less(edges[i / n], edges[i % n]), edges[i / n] < edges[i % n]);
    for (unsigned i = 0; i < n * n; i++)
        if (lp_float_finite(edges[i / n]) && lp_float_finite(edges[i % n]) &&
            lp_float_add(&sum, edges[i / n], edges[i % n]) == 0)
            assert_true(sum == edges[i / n] + edges[i % n]);
    for (int i = 0; i < 200000; i++) {
        double a = some_float(), b = some_float(), want = a + b;
        assert_int_equal(lp_float_finite(a), isfinite(a) != 0);
        if (isnan(a) || isnan(b)) continue;
        assert_int_equal(lp_float_less(a, b), a < b);
        if (!isnormal(a) || !isnormal(b)) continue;
        int err = lp_float_add(&sum, a, b);
        assert_int_equal(err == 0, isnormal(want) || want == 0);
        if (!err) assert_true(sum == want);
    }
    assert_int_equal(lp_float_add(&sum, DBL_MAX, DBL_MAX), LP_ERR_VALUE);
    assert_int_equal(lp_float_add(&sum, 0.0, -0.0), 0);
    assert_false(lp_float_finite(NAN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_written),
        cmocka_unit_test(integers_read),
        cmocka_unit_test(no_byte_behind_the_span_is_read),
        cmocka_unit_test(floats_as_ecmascript_prints_them),
        cmocka_unit_test(infinite_and_nan_are_no_values),
        cmocka_unit_test(every_power_of_two_and_its_neighbours),
        cmocka_unit_test(subnormals),
        cmocka_unit_test(every_power_of_ten),
        cmocka_unit_test(random_bits),
        cmocka_unit_test(random_sensor_values),
        cmocka_unit_test(floats_read),
        cmocka_unit_test(what_is_no_float),
        cmocka_unit_test(float_cut_at_every_length),
        cmocka_unit_test(random_decimals),
        cmocka_unit_test(halfway_cases),
        cmocka_unit_test(many_digits_end_in_time),
        cmocka_unit_test(floats_to_integers),
        cmocka_unit_test(integers_to_floats),
        cmocka_unit_test(floats_compared_and_added),
        cmocka_unit_test(binary32),
        cmocka_unit_test(what_binary32_does_not_hold),
        cmocka_unit_test(binary16),
        cmocka_unit_test(base64_written),
        cmocka_unit_test(what_is_no_base64),
        cmocka_unit_test(base64_of_every_length),
    };
    return cmocka_run_group_tests_name("num", tests, NULL, NULL);
}
