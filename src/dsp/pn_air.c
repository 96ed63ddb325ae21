/* SPDX-License-Identifier: MIT */
#include "dsp/pn_air.h"

#include <math.h>

#include "math/pn_approx.h"

pn_air pn_air_default(void)
{
    return (pn_air){.temperature_c = 20.0, .humidity_percent = 50.0, .pressure_kpa = 101.325};
}

/* pow() brings 6 kB of tables and special cases into the wasm. */
static double power(double base, double exponent)
{
    return pn_approx_exp(exponent * pn_approx_log(base));
}

double pn_air_absorption_db_m(const pn_air *air, double frequency_hz)
{
    const double t = air->temperature_c + 273.15;
    const double relative_t = t / 293.15;
    const double relative_p = air->pressure_kpa / 101.325;
    const double saturation = power(10.0, -6.8346 * power(273.16 / t, 1.261) + 4.6151);
    const double h = air->humidity_percent * saturation / relative_p; /* molar concentration of water, percent */
    const double oxygen = relative_p * (24.0 + 4.04e4 * h * (0.02 + h) / (0.391 + h));
    const double nitrogen = relative_p * power(relative_t, -0.5) *
                            (9.0 + 280.0 * h * pn_approx_exp(-4.170 * (power(relative_t, -1.0 / 3.0) - 1.0)));
    const double f2 = frequency_hz * frequency_hz;
    return 8.686 * f2 *
           (1.84e-11 / relative_p * sqrt(relative_t) +
            power(relative_t, -2.5) * (0.01275 * pn_approx_exp(-2239.1 / t) / (oxygen + f2 / oxygen) +
                                       0.1068 * pn_approx_exp(-3352.0 / t) / (nitrogen + f2 / nitrogen)));
}
