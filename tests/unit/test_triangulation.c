/* SPDX-License-Identifier: MIT */
/* The net of directions: complete, exact, indifferent to where the search starts, and closed to bad geometry. */
#include "support/head.h"
#include "support/rng.h"
#include "support/tolerance.h"

#include "hrtf/pn_head_file.h"
#include "hrtf/pn_triangulation.h"

typedef struct net {
    pn_triangulation is;
    double *dirs; /* [nodes][3] */
    uint32_t nodes;
    void *memory;
    pn_status status;
} net;

/* Takes the directions over. */
static net net_open(double *dirs, uint32_t nodes)
{
    net n = {.dirs = dirs, .nodes = nodes};
    pn_arena arena = {0};
    assert_int_equal(pn_triangulation_place(&arena, NULL, nodes, &n.is), PN_OK);
    n.memory = head_memory(arena.peak);
    arena = (pn_arena){.base = n.memory};
    n.status = pn_triangulation_place(&arena, dirs, nodes, &n.is);
    return n;
}

static void net_free(net *n)
{
    free(n->dirs);
    free(n->memory);
}

static net net_of_head(const char *path)
{
    head_blob blob = head_read(path);
    pn_head_file file;
    assert_int_equal(pn_head_file_open(blob.bytes, blob.size, &file), PN_OK);
    double *dirs = head_memory(file.node_count * 3 * sizeof *dirs);
    for (uint32_t i = 0; i < file.node_count; i++) {
        pn_head_file_get_direction(&file, i, dirs + (size_t)3 * i);
    }
    net n = net_open(dirs, file.node_count);
    head_blob_free(&blob);
    return n;
}

static net net_of_random(rng *r, uint32_t nodes)
{
    double *dirs = head_memory(nodes * 3 * sizeof *dirs);
    for (uint32_t i = 0; i < nodes; i++) {
        pn_vec3 d = rng_direction(r);
        const double length = sqrt((double)d.x * (double)d.x + (double)d.y * (double)d.y + (double)d.z * (double)d.z);
        dirs[3 * i] = (double)d.x / length;
        dirs[3 * i + 1] = (double)d.y / length;
        dirs[3 * i + 2] = (double)d.z / length;
    }
    return net_open(dirs, nodes);
}

/* How far the weighted nodes point from the direction that they stand for, in radians. */
static double misses_by(const net *n, const pn_neighbours *near, pn_vec3 dir)
{
    double sum[3] = {0.0, 0.0, 0.0};
    for (int k = 0; k < 3; k++) {
        for (int axis = 0; axis < 3; axis++) {
            sum[axis] += (double)near->weight[k] * n->dirs[3 * near->node[k] + axis];
        }
    }
    const double d[3] = {(double)dir.x, (double)dir.y, (double)dir.z};
    const double c[3] = {sum[1] * d[2] - sum[2] * d[1], sum[2] * d[0] - sum[0] * d[2], sum[0] * d[1] - sum[1] * d[0]};
    return atan2(sqrt(c[0] * c[0] + c[1] * c[1] + c[2] * c[2]), sum[0] * d[0] + sum[1] * d[1] + sum[2] * d[2]);
}

/*
 * weight_of is a float: 2^-24 of its size, which is 1 over the height of the triangle's corner (a degree or more:
 * 60), three products each; weights of -1e-6 count as inside. 60 * 3 * 2^-24 + 1e-6 * 60 rad at most.
 */
static const double MISS_RAD = 1e-4;

static void check_reconstruction(const net *n, rng *r, int draws)
{
    double worst = 0.0;
    uint32_t hint = 0;
    for (int i = 0; i < draws; i++) {
        const pn_vec3 dir = rng_direction(r);
        pn_neighbours near;
        pn_triangulation_find(&n->is, dir, &hint, &near);
        double sum = 0.0;
        for (int k = 0; k < 3; k++) {
            assert_true(near.node[k] < n->nodes);
            assert_true(near.weight[k] >= 0.0f);
            sum += (double)near.weight[k];
        }
        CHECK_NEAR(sum, 1.0, 4 * FLOAT_ULP);
        worst = fmax(worst, misses_by(n, &near, dir));
    }
    CHECK_BELOW(worst, MISS_RAD);
}

static void every_direction_is_rebuilt_by_its_weights_on_the_default_head(void **state)
{
    (void)state;
    rng r = rng_open(61);
    net n = net_of_head(HEAD_KEMAR);
    assert_int_equal(n.status, PN_OK);
    check_reconstruction(&n, &r, 200000);
    net_free(&n);
}

static void every_direction_is_rebuilt_by_its_weights_on_random_sets(void **state)
{
    (void)state;
    rng r = rng_open(62);
    for (int draw = 0; draw < 20; draw++) {
        net n = net_of_random(&r, 100 + rng_below(&r, 600));
        assert_int_equal(n.status, PN_OK);
        check_reconstruction(&n, &r, 5000);
        net_free(&n);
    }
}

/* Euler: a closed net of triangles over n points has 2 n - 4, and every edge belongs to two, once in each sense. */
static void check_closed(const net *n)
{
    assert_int_equal(n->is.count, 2 * n->nodes - 4);
    uint32_t *seen = calloc(n->nodes, sizeof *seen);
    for (uint32_t t = 0; t < n->is.count; t++) {
        const pn_triangle *a = &n->is.triangles[t];
        for (int k = 0; k < 3; k++) {
            assert_true(a->corner[k] < n->nodes && a->neighbour[k] < n->is.count && a->neighbour[k] != t);
            seen[a->corner[k]]++;
            const pn_triangle *b = &n->is.triangles[a->neighbour[k]];
            const uint32_t from = a->corner[(k + 1) % 3];
            const uint32_t to = a->corner[(k + 2) % 3];
            int shared = 0;
            for (int j = 0; j < 3; j++) {
                shared += b->corner[(j + 1) % 3] == to && b->corner[(j + 2) % 3] == from && b->neighbour[j] == t;
            }
            assert_int_equal(shared, 1);
        }
    }
    for (uint32_t i = 0; i < n->nodes; i++) {
        assert_true(seen[i] >= 3);
    }
    free(seen);
}

static void the_net_closes_over_every_node_as_euler_counts(void **state)
{
    (void)state;
    rng r = rng_open(63);
    net n = net_of_head(HEAD_KEMAR);
    check_closed(&n);
    net_free(&n);
    for (uint32_t nodes = 20; nodes < 400; nodes += 37) {
        n = net_of_random(&r, nodes);
        assert_int_equal(n.status, PN_OK);
        check_closed(&n);
        net_free(&n);
    }
}

static void a_regular_grid_full_of_ties_closes_too(void **state)
{
    (void)state;
    enum { RINGS = 17, STEPS = 36, NODES = RINGS * STEPS + 2 };
    double *dirs = head_memory(NODES * 3 * sizeof *dirs);
    uint32_t at = 0;
    for (int ring = 0; ring < RINGS; ring++) {
        const double el = (ring - RINGS / 2) * 10.0 * 3.14159265358979323846 / 180.0;
        for (int step = 0; step < STEPS; step++, at++) {
            const double az = step * 2.0 * 3.14159265358979323846 / STEPS;
            dirs[3 * at] = cos(el) * sin(az);
            dirs[3 * at + 1] = sin(el);
            dirs[3 * at + 2] = -cos(el) * cos(az);
        }
    }
    for (int pole = 0; pole < 2; pole++, at++) {
        dirs[3 * at] = dirs[3 * at + 2] = 0.0;
        dirs[3 * at + 1] = pole == 0 ? 1.0 : -1.0;
    }
    rng r = rng_open(64);
    net n = net_open(dirs, NODES);
    assert_int_equal(n.status, PN_OK);
    check_closed(&n);
    check_reconstruction(&n, &r, 50000);
    net_free(&n);
}

static void a_node_is_its_own_only_neighbour(void **state)
{
    (void)state;
    net n = net_of_head(HEAD_KEMAR);
    uint32_t hint = 0;
    for (uint32_t i = 0; i < n.nodes; i++) {
        const double *d = n.dirs + (size_t)3 * i;
        pn_neighbours near;
        pn_triangulation_find(&n.is, (pn_vec3){(float)d[0], (float)d[1], (float)d[2]}, &hint, &near);
        double own = 0.0;
        for (int k = 0; k < 3; k++) {
            own += near.node[k] == i ? (double)near.weight[k] : 0.0;
        }
        CHECK_NEAR(own, 1.0, 60 * 3 * FLOAT_ULP); /* as derived for MISS_RAD */
    }
    net_free(&n);
}

static void poles_and_axes_are_found(void **state)
{
    (void)state;
    net n = net_of_head(HEAD_KEMAR);
    const pn_vec3 axes[] = {{0, 1, 0}, {0, -1, 0}, {1, 0, 0}, {-1, 0, 0}, {0, 0, 1}, {0, 0, -1}};
    for (size_t a = 0; a < 6; a++) {
        for (uint32_t start = 0; start < n.is.count; start += 13) {
            uint32_t hint = start;
            pn_neighbours near;
            pn_triangulation_find(&n.is, axes[a], &hint, &near);
            CHECK_BELOW(misses_by(&n, &near, axes[a]), MISS_RAD);
        }
    }
    net_free(&n);
}

/* The weight that a node has among the neighbours. */
static double weight_at(const pn_neighbours *near, uint32_t node)
{
    double weight = 0.0;
    for (int k = 0; k < 3; k++) {
        weight += near->node[k] == node ? (double)near->weight[k] : 0.0;
    }
    return weight;
}

static void the_answer_does_not_depend_on_where_the_search_starts(void **state)
{
    (void)state;
    rng r = rng_open(65);
    net n = net_of_head(HEAD_KEMAR);
    for (int draw = 0; draw < 5000; draw++) {
        const pn_vec3 dir = rng_direction(&r);
        uint32_t hint = 0;
        pn_neighbours first, again;
        pn_triangulation_find(&n.is, dir, &hint, &first);
        for (int start = 0; start < 4; start++) {
            hint = start == 0 ? UINT32_MAX : rng_below(&r, n.is.count + 5);
            pn_triangulation_find(&n.is, dir, &hint, &again);
            assert_true(hint < n.is.count);
            for (int k = 0; k < 3;
                 k++) { /* on an edge either triangle will do: the weights agree as far as it matters */
                CHECK_NEAR(weight_at(&again, first.node[k]), first.weight[k], MISS_RAD);
            }
        }
    }
    net_free(&n);
}

static void directions_that_are_no_unit_vectors_end_the_search(void **state)
{
    (void)state;
    net n = net_of_head(HEAD_KEMAR);
    const pn_vec3 odd[] = {{0, 0, 0}, {NAN, 0, 0}, {NAN, NAN, NAN}, {INFINITY, 0, 0}, {1e30f, -1e30f, 1e30f}};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        uint32_t hint = 7;
        pn_neighbours near;
        pn_triangulation_find(&n.is, odd[i], &hint, &near);
        for (int k = 0; k < 3; k++) {
            assert_true(near.node[k] < n.nodes);
        }
        assert_true(hint < n.is.count);
    }
    net_free(&n);
}

static net net_of(const double *dirs, uint32_t nodes)
{
    double *copy = head_memory(nodes * 3 * sizeof *copy);
    memcpy(copy, dirs, nodes * 3 * sizeof *copy);
    return net_open(copy, nodes);
}

static void four_directions_that_enclose_the_head_are_enough(void **state)
{
    (void)state;
    const double s = 0.57735026918962576;
    const double tetrahedron[] = {s, s, s, s, -s, -s, -s, s, -s, -s, -s, s};
    rng r = rng_open(66);
    net n = net_of(tetrahedron, 4);
    assert_int_equal(n.status, PN_OK);
    check_closed(&n);
    check_reconstruction(&n, &r, 20000);
    net_free(&n);
}

static void directions_in_one_plane_are_refused(void **state)
{
    (void)state;
    for (uint32_t nodes = 4; nodes <= 64; nodes *= 2) {
        double dirs[64 * 3];
        for (uint32_t i = 0; i < nodes; i++) {
            dirs[3 * i] = sin(6.2831853 * i / nodes);
            dirs[3 * i + 1] = 0.0;
            dirs[3 * i + 2] = -cos(6.2831853 * i / nodes);
        }
        net n = net_of(dirs, nodes);
        assert_int_equal(n.status, PN_ERROR_GEOMETRY);
        net_free(&n);
    }
}

static void directions_of_half_the_sphere_are_refused(void **state)
{
    (void)state;
    rng r = rng_open(67);
    for (int draw = 0; draw < 50; draw++) {
        enum { NODES = 60 };
        double dirs[NODES * 3];
        for (uint32_t i = 0; i < NODES; i++) {
            pn_vec3 d = rng_direction(&r);
            dirs[3 * i] = (double)d.x;
            dirs[3 * i + 1] = fabs((double)d.y) + 0.02;
            dirs[3 * i + 2] = (double)d.z;
            const double *p = dirs + (size_t)3 * i;
            const double length = sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);
            for (int k = 0; k < 3; k++) {
                dirs[3 * i + k] /= length;
            }
        }
        net n = net_of(dirs, NODES);
        assert_int_equal(n.status, PN_ERROR_GEOMETRY);
        net_free(&n);
    }
}

static void directions_given_twice_are_refused(void **state)
{
    (void)state;
    rng r = rng_open(68);
    for (int draw = 0; draw < 100; draw++) {
        enum { NODES = 50 };
        double dirs[NODES * 3];
        for (uint32_t i = 0; i < NODES; i++) {
            pn_vec3 d = rng_direction(&r);
            dirs[3 * i] = (double)d.x;
            dirs[3 * i + 1] = (double)d.y;
            dirs[3 * i + 2] = (double)d.z;
        }
        const uint32_t one = rng_below(&r, NODES);
        const uint32_t other = (one + 1 + rng_below(&r, NODES - 1)) % NODES;
        memcpy(dirs + (size_t)3 * one, dirs + (size_t)3 * other, 3 * sizeof(double));
        net n = net_of(dirs, NODES);
        assert_int_equal(n.status, PN_ERROR_GEOMETRY);
        net_free(&n);
    }
}

static void the_same_direction_many_times_is_refused(void **state)
{
    (void)state;
    for (uint32_t nodes = 4; nodes <= 40; nodes += 12) {
        double dirs[40 * 3];
        for (uint32_t i = 0; i < nodes; i++) {
            dirs[3 * i] = 0.6;
            dirs[3 * i + 1] = 0.0;
            dirs[3 * i + 2] = -0.8;
        }
        net n = net_of(dirs, nodes);
        assert_int_equal(n.status, PN_ERROR_GEOMETRY);
        net_free(&n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_direction_is_rebuilt_by_its_weights_on_the_default_head),
        cmocka_unit_test(every_direction_is_rebuilt_by_its_weights_on_random_sets),
        cmocka_unit_test(the_net_closes_over_every_node_as_euler_counts),
        cmocka_unit_test(a_regular_grid_full_of_ties_closes_too),
        cmocka_unit_test(a_node_is_its_own_only_neighbour),
        cmocka_unit_test(poles_and_axes_are_found),
        cmocka_unit_test(the_answer_does_not_depend_on_where_the_search_starts),
        cmocka_unit_test(directions_that_are_no_unit_vectors_end_the_search),
        cmocka_unit_test(four_directions_that_enclose_the_head_are_enough),
        cmocka_unit_test(directions_in_one_plane_are_refused),
        cmocka_unit_test(directions_of_half_the_sphere_are_refused),
        cmocka_unit_test(directions_given_twice_are_refused),
        cmocka_unit_test(the_same_direction_many_times_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
