/* SPDX-License-Identifier: MIT */
/**
 * A bake's state, and its stages: what pn_bake.c goes through one after the other, in pieces.
 *
 * Only the files of the bake include this. A stage that fails says so by the state's status.
 * Thread [init]  Realtime no.
 */
#ifndef PN_BAKE_STATE_H
#define PN_BAKE_STATE_H

#include "hrtf/pn_bake.h"
#include "hrtf/pn_bake_align.h"
#include "hrtf/pn_bake_basis.h"
#include "hrtf/pn_bake_between.h"
#include "hrtf/pn_bake_delay.h"
#include "hrtf/pn_bake_fill.h"
#include "hrtf/pn_bake_low.h"
#include "hrtf/pn_bake_shape.h"

#define PN_BAKE_PI 3.14159265358979323846
#define PN_BAKE_DEGREES (180.0 / PN_BAKE_PI)

enum {
    PN_BAKE_MAX_METADATA = 16,
    PN_BAKE_MAX_METADATA_BYTES = 4096,
    PN_BAKE_HEADER_BYTES = 1024 + 8 * PN_BAKE_MAX_METADATA_BYTES
};

typedef enum pn_bake_stage {
    MEASURE,
    COMPARE,
    ARRANGE,
    SURVEY,
    SHAPE,
    LEARN,
    ADD,
    EQUALISE,
    COMPONENTS,
    REFINE,
    WRITE,
    DONE
} pn_bake_stage;

struct pn_bake {
    pn_bake_config config;
    pn_status status;
    pn_bake_stage stage;
    size_t at;              /* of the stage's loop */
    size_t max_nodes;       /* measured and filled */
    size_t response_frames; /* at 48 kHz, as many as are looked at */
    size_t measured;
    size_t nodes;
    double energy; /* sum over the responses that are used */
    double level;  /* gain of the whole set */
    double shortest;
    pn_bake_report report;

    uint32_t *source;   /* [max_nodes] index of the measurement */
    double *dirs;       /* [max_nodes][3] */
    double *onsets;     /* [max_nodes][2] frames at 48 kHz */
    double *delays;     /* [max_nodes][2] absolute */
    double *reach;      /* [max_nodes][2] the longest delay that a filter is rendered with: its own or a neighbour's */
    void *net_memory;   /* for the triangulation, which says who is a neighbour */
    double *areas;      /* [max_nodes] solid angles of the measured nodes among themselves, bounded */
    double *shares;     /* [max_nodes] solid angles of all nodes */
    double *power;      /* [PN_SHAPE_BINS] mean over the sphere and both ears, of the filters made so far */
    double *powers;     /* [max_nodes] sum over both ears, 200 Hz to 16 kHz */
    float *filters;     /* [max_nodes][2][PN_SHAPE_MAX_TAPS] */
    double *response;   /* [response_frames] */
    double *spectra_re; /* [2][PN_SHAPE_SIZE] */
    double *spectra_im;
    pn_align align;
    pn_delay_fit fit;
    pn_delay_model models[2];
    pn_shape shape;
    pn_fill fill;
    pn_between between;
    pn_low low;
    double *equaliser_re; /* [PN_SHAPE_SIZE] the diffuse-field equaliser's spectrum */
    double *equaliser_im;

    pn_basis_fit basis;

    float *file_dirs;   /* [max_nodes][3] */
    int16_t *file_taps; /* [max_nodes][2][PN_SHAPE_MAX_TAPS] */
    float *file_scales; /* [max_nodes][2] */
    float *file_delays; /* [max_nodes][2] */
    float *file_bases;  /* [PN_BASIS_MAX][PN_BASIS_TAPS] */
    float *file_mixes;  /* [max_nodes][2][bases] */
    uint8_t *file;
    size_t file_capacity;
    size_t file_bytes;
};

/** Whether measured directions are to get others between them. */
int pn_bake_is_upsampled(const pn_bake_config *config);

/** More nodes than that are never between others. */
size_t pn_bake_most_between(const pn_bake_config *config);

/** Of a measurement's ear: [config.frames] at the set's own rate. */
const float *pn_bake_response_of(const pn_bake *bake, size_t measurement, size_t ear);

/** What the responses of a measurement lack, in frames at 48 kHz. */
double pn_bake_given_delay(const pn_bake *bake, size_t measurement, size_t ear);

/** The measured nodes as the filling of holes takes them. */
pn_fill_set pn_bake_fill_set(const pn_bake *bake);

/** Where nodes are, measured or not, and how late at each ear: PN_ERROR_GEOMETRY, PN_ERROR_FILE_VALUE. */
void pn_bake_arrange(pn_bake *bake);

/** How many measured nodes are looked at below 200 Hz. */
size_t pn_bake_surveyed(const pn_bake *bake);

/** One of these; the last decides whether the set is carried on. @param index  below pn_bake_surveyed */
void pn_bake_survey_node(pn_bake *bake, size_t index);

/** Both filters of a measured node. */
void pn_bake_shape_node(pn_bake *bake, size_t node);

/** How many measured nodes the interpolation is tried at. */
size_t pn_bake_tried(const pn_bake *bake);

/** Both filters of a node in a hole or between others. */
void pn_bake_add_node(pn_bake *bake, size_t node);

/** From the power of all filters to what makes it even. */
void pn_bake_begin_equalising(pn_bake *bake);

/** Both filters of a node, made even. */
void pn_bake_equalise_node(pn_bake *bake, size_t node);

/** The set's level, and the file: PN_ERROR_FILE_VALUE. */
void pn_bake_write_file(pn_bake *bake);

#endif
