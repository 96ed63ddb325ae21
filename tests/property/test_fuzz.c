/* SPDX-License-Identifier: MIT */
/* The hostile files of tests/fuzz/corpus, and some thousand changes to them, at every run of the tests. */
#include <dirent.h>

#include "fuzz/fuzz_head.h"
#include "fuzz/fuzz_scene.h"
#include "support/rng.h"
#include "support/tolerance.h"

enum { MOST_FILES = 192, MUTATIONS = 2000 };

typedef struct corpus {
    char name[MOST_FILES][256];
    head_blob file[MOST_FILES];
    uint32_t count;
} corpus;

static void corpus_read(corpus *c, const char *folder)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    c->count = 0;
    for (struct dirent *entry = readdir(dir); entry != NULL && c->count < MOST_FILES; entry = readdir(dir)) {
        char path[1024];
        if (entry->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            snprintf(c->name[c->count], sizeof c->name[0], "%s", entry->d_name);
            c->file[c->count++] = head_read(path);
        }
    }
    closedir(dir);
    assert_true(c->count > 5);
}

static void corpus_free(corpus *c)
{
    for (uint32_t i = 0; i < c->count; i++) {
        head_blob_free(&c->file[i]);
    }
}

/* Flips, overwrites, cuts, copies within: into memory of exactly the size, so that the sanitizer sees its end. */
static uint8_t *mutated(rng *r, const head_blob *from, size_t *size)
{
    *size = from->size;
    if (rng_below(r, 4) == 0) {
        *size = rng_below(r, (uint32_t)from->size + 1);
    }
    uint8_t *bytes = malloc(*size + (*size == 0));
    memcpy(bytes, from->bytes, *size);
    for (uint32_t n = rng_below(r, 6); n > 0 && *size > 0; n--) {
        /* Half of the changes go where the structure is. */
        const size_t at = rng_below(r, (uint32_t)(rng_below(r, 2) == 0 && *size > 400 ? 400 : *size));
        switch (rng_below(r, 4)) {
        case 0: bytes[at] ^= (uint8_t)(1u << rng_below(r, 8)); break;
        case 1: bytes[at] = (uint8_t)rng_bits(r); break;
        case 2: bytes[at] = (uint8_t)("0123456789{}[],:\"\\-"[rng_below(r, 19)]); break;
        default: {
            const size_t length = 1 + rng_below(r, 16);
            const size_t source = rng_below(r, (uint32_t)*size);
            if (at + length <= *size && source + length <= *size) {
                memmove(bytes + at, bytes + source, length);
            }
        }
        }
    }
    return bytes;
}

static void of_the_hostile_heads_only_the_good_ones_are_loaded(void **state)
{
    (void)state;
    static corpus c;
    corpus_read(&c, PN_ROOT "/tests/fuzz/corpus/head");
    for (uint32_t i = 0; i < c.count; i++) {
        const pn_status status = fuzz_head(c.file[i].bytes, c.file[i].size);
        const bool good = strncmp(c.name[i], "good", 4) == 0;
        if (good != (status == PN_OK)) {
            fail_msg("%s: %s", c.name[i], pn_status_text(status));
        }
    }
    corpus_free(&c);
}

static void heads_changed_at_random_do_no_harm(void **state)
{
    (void)state;
    static corpus c;
    rng r = rng_open(281);
    corpus_read(&c, PN_ROOT "/tests/fuzz/corpus/head");
    uint32_t seen[PN_STATUS_COUNT] = {0};
    for (int i = 0; i < MUTATIONS; i++) {
        size_t size;
        uint8_t *bytes = mutated(&r, &c.file[rng_below(&r, c.count)], &size);
        seen[fuzz_head(bytes, size)]++;
        free(bytes);
    }
    for (int i = 0; i < PN_STATUS_COUNT; i++) {
        printf("%5u  %s\n", (unsigned)seen[i], pn_status_text((pn_status)i));
    }
    assert_true(seen[PN_OK] > 0 && seen[PN_ERROR_FILE_TRUNCATED] > 0 && seen[PN_ERROR_FILE_FORMAT] > 0 &&
                seen[PN_ERROR_FILE_SHAPE] > 0 && seen[PN_ERROR_FILE_VALUE] > 0 && seen[PN_ERROR_GEOMETRY] > 0);
    corpus_free(&c);
}

static void hosts_of_the_corpus_and_changed_ones_do_no_harm(void **state)
{
    (void)state;
    static corpus c;
    rng r = rng_open(282);
    head_blob blob = head_sphere(40);
    head own = head_open(&blob, 48000.0);
    corpus_read(&c, PN_ROOT "/tests/fuzz/corpus/scene");
    for (uint32_t i = 0; i < c.count; i++) {
        fuzz_scene(own.set, c.file[i].bytes, c.file[i].size);
    }
    for (int i = 0; i < MUTATIONS / 5; i++) {
        size_t size;
        uint8_t *bytes = mutated(&r, &c.file[rng_below(&r, c.count)], &size);
        fuzz_scene(own.set, bytes, size);
        free(bytes);
    }
    corpus_free(&c);
    head_free(&own);
    head_blob_free(&blob);
}

static void hosts_that_do_anything_do_no_harm(void **state)
{
    (void)state;
    rng r = rng_open(283);
    head_blob blob = head_sphere(40);
    head own = head_open(&blob, 48000.0);
    for (int i = 0; i < MUTATIONS / 10; i++) {
        uint8_t bytes[4096];
        for (size_t k = 0; k < sizeof bytes; k++) {
            bytes[k] = (uint8_t)rng_bits(&r);
        }
        fuzz_scene(own.set, bytes, sizeof bytes);
    }
    head_free(&own);
    head_blob_free(&blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_the_hostile_heads_only_the_good_ones_are_loaded),
        cmocka_unit_test(heads_changed_at_random_do_no_harm),
        cmocka_unit_test(hosts_of_the_corpus_and_changed_ones_do_no_harm),
        cmocka_unit_test(hosts_that_do_anything_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
