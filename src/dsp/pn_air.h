/* SPDX-License-Identifier: MIT */
/**
 * How much sound air swallows: ISO 9613-1, pure-tone attenuation.
 */
#ifndef PN_AIR_H
#define PN_AIR_H

typedef struct pn_air {
    double temperature_c;      /* 20 */
    double humidity_percent;   /* relative; 50 */
    double pressure_kpa;       /* 101.325 */
} pn_air;

/** 20 degrees Celsius, 50 %, one atmosphere. [any] */
pn_air pn_air_default(void);

/**
 * Attenuation in dB per metre at a frequency [ISO 9613-1:1993, eq. 3 to 5, B.2, B.3].
 * Thread [init]  Realtime no (exp, pow)
 */
double pn_air_absorption_db_m(const pn_air *air, double frequency_hz);

#endif
